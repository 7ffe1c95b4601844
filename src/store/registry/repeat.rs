//! Sending again what failed in passing (NET-4, NET-6, NET-7, NET-12). This is the one place that does so for requests;
//! blobs, whose bytes flow, go on where they broke off.
//!
//! What was sent again until the attempts were used up comes out settled: an error or an answer of it does not say any
//! more that another attempt may go well. What must not be sent again ([`Request::once`]) comes out as it is, for whoever
//! knows how to go on.

use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode, Url};

use super::endpoint::shown;
use super::observer::Notice;
use super::request::{Broken, Request};
use super::response::Response;
use super::transport::{Hop, Transport};
use crate::store::Passing;
use crate::store::retry::Attempts;

impl Transport {
    /// Send `request`, follow where it leads, and send it again when that failed in passing: each time from its own first
    /// address, as one that a server signed may have expired. `authorization` goes along as long as the origin stays the
    /// same.
    ///
    /// A 404 to a `DELETE` that was sent again is told as 202: an earlier attempt did it, and only its answer was lost.
    pub(super) async fn send(
        &self,
        registry: &Url,
        request: &Request<'_>,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response, Broken> {
        let mut attempts = Attempts::new(self.options().retry);
        loop {
            let first = Hop::first(registry, request, authorization, attempts.failed());
            // A request under way takes much room.
            let outcome = Box::pin(self.travel(request, first)).await;
            let Some(passing) = in_passing(request, &outcome) else {
                let gone = request.method == Method::DELETE && attempts.failed() > 0;
                return outcome.map(|response| if gone { done(response) } else { response });
            };
            let Some(pause) = attempts.after_failure(passing) else {
                return settled(outcome, attempts.failed());
            };
            let why = why(request, &outcome);
            let (next, all) = (attempts.failed() + 1, self.options().retry.attempts);
            let text = format!("{why}; attempt {next} of {all} follows in {:.1} s", pause.as_secs_f32());
            self.observer().notice(Notice::Detail(&self.secrets().mask(&text)));
            if let Ok(response) = outcome {
                response.drain().await;
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// Whether `request` is to be sent again after `outcome`, and which pause the server asked for.
fn in_passing(request: &Request<'_>, outcome: &Result<Response, Broken>) -> Option<Passing> {
    match outcome {
        Ok(response) => response.passing().filter(|_| request.is_sent_again_after(response.status())),
        Err(broken) => broken.error.passes().filter(|_| request.is_repeatable() || !broken.begun),
    }
}

/// The outcome of the last of so many attempts.
fn settled(outcome: Result<Response, Broken>, attempts: u32) -> Result<Response, Broken> {
    match outcome {
        Ok(response) => Ok(response.settled(attempts)),
        Err(broken) => Err(Broken { error: broken.error.after(attempts), ..broken }),
    }
}

fn done(response: Response) -> Response {
    if response.status() == StatusCode::NOT_FOUND { response.taken_as(StatusCode::ACCEPTED) } else { response }
}

/// What went wrong, in one line.
fn why(request: &Request<'_>, outcome: &Result<Response, Broken>) -> String {
    match outcome {
        Ok(response) => format!("{} {} answered {}", request.method, shown(response.url()), response.status()),
        Err(Broken { error, .. }) => {
            let cause = std::error::Error::source(error.fault()).map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("{error}{cause}")
        }
    }
}
