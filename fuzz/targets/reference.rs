//! References, locations and addresses: what is read is printed, and read again as the same.

#![no_main]

use bobctl::oci::reference::Address;
use bobctl::oci::{Digest, Location, Reference, Tag};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match text.parse::<Reference>() {
        Ok(reference) => {
            let printed = reference.to_string();
            assert_eq!(printed.parse::<Reference>().as_ref(), Ok(&reference), "{printed:?}");
            let digest = Digest::of(text.as_bytes());
            let fixed: Reference = reference.at(&digest).parse().expect("a place and a digest");
            assert_eq!((&fixed.location, fixed.digest), (&reference.location, Some(digest)));
            let tagged: Reference = reference.tagged(&Tag::latest()).parse().expect("a place and a tag");
            assert_eq!((tagged.location, tagged.tag), (reference.location, Some(Tag::latest())));
        }
        // What the hint proposes is made from what was typed.
        Err(error) => drop((error.to_string(), error.hint().map(str::len))),
    }
    if let Ok(location) = text.parse::<Location>() {
        let printed = location.to_string();
        assert_eq!(printed.parse::<Location>().as_ref(), Ok(&location), "{printed:?}");
    }
    if let Ok(address) = text.parse::<Address>() {
        assert!(!address.keys().is_empty());
        let printed = address.host().to_string();
        let again: Address = printed.parse().expect("a host is an address");
        assert_eq!(again.host(), address.host());
    }
});
