//! One suite for every [`Store`]: what the trait's documentation promises, clause by clause.
//!
//! An implementer joins with a [`Fixture`] in a file of its own under `tests/conformance/` and one line below.

mod clauses;
mod layout;
mod memory;
mod registry;
mod source;

use bobctl::oci::Digest;
use bobctl::store::{Delete, Store};

/// A store for one test, and what the test does behind its back.
trait Fixture {
    /// A store that holds nothing yet. Whatever it needs ends with the fixture.
    fn new() -> Self;

    fn store(&self) -> &dyn Delete;

    /// A store of the same kind at a place where nothing was ever written.
    fn nowhere(&self) -> Box<dyn Store>;

    /// Make `bytes` the content of the blob `digest`, whatever their own digest is.
    fn place_blob(&self, digest: &Digest, bytes: &[u8]);

    /// Make `bytes` the content of the manifest `digest`, whatever their own digest is.
    fn place_manifest(&self, digest: &Digest, bytes: &[u8]);
}

/// `conformance!(in_somewhere, Fixture)`: a module with one test for each clause. A clause that is not listed here is dead code.
macro_rules! conformance {
    ($implementer:ident, $fixture:ty) => {
        conformance! { $implementer, $fixture:
            a_blob_comes_back
            an_empty_blob_comes_back
            a_large_blob_comes_back
            a_sha512_blob_is_checked
            a_blob_is_there_with_its_own_size_only
            a_missing_blob_is_not_found
            an_altered_blob_is_found_out
            a_short_blob_is_found_out
            a_long_blob_is_found_out
            a_small_blob_is_bounded
            inline_data_needs_no_blob
            inline_data_is_checked
            a_blob_can_be_written_twice
            a_blob_can_be_written_by_many_at_once
            content_is_written_while_it_grows
            content_that_breaks_off_leaves_nothing
            content_that_is_not_what_it_says_leaves_nothing
            a_manifest_keeps_its_bytes
            a_manifest_is_resolved_without_its_body
            a_manifest_can_do_without_a_tag
            an_index_follows_its_manifests
            a_manifest_can_be_written_twice
            a_missing_manifest_is_not_found
            an_altered_manifest_is_found_out
            a_subject_is_taken
            a_tag_moves
            tags_are_listed
            tags_written_at_once_are_all_kept
            an_unknown_tag_is_not_an_unknown_repository
            a_referrer_is_listed
            a_referrer_is_listed_once
            an_unknown_subject_has_no_referrers
            a_subject_may_be_written_after_its_referrers
            an_index_is_a_referrer_too
            many_referrers_are_all_listed
            a_tag_is_taken_away
            an_unknown_tag_cannot_be_taken_away
            a_deleted_manifest_takes_its_tags_along
            an_unknown_manifest_cannot_be_deleted
            a_deleted_referrer_is_not_listed
            a_deleted_subject_keeps_its_referrers
        }
    };
    ($implementer:ident, $fixture:ty: $($clause:ident)+) => {
        mod $implementer {
            $(
                #[tokio::test]
                async fn $clause() {
                    super::clauses::$clause(&<$fixture as super::Fixture>::new()).await;
                }
            )+
        }
    };
}

conformance!(in_memory, super::memory::Memory);
conformance!(in_layout, super::layout::Folder);
conformance!(in_registry, super::registry::Remote);
conformance!(in_registry_without_referrers, super::registry::Plain);
