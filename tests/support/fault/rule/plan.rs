//! What becomes of one request and its answer, by all rules that it meets.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, LOCATION, SET_COOKIE, WARNING};

use super::{Effect, Overwrite, Rule};
use crate::support::fault::content::Content;
use crate::support::fault::message::{Reply, Request, Route, header_value};

/// The effects of all rules that match one request.
pub struct Plan(Vec<Effect>);

/// Count `request` on every rule that it meets, and collect what shall happen to it.
pub fn plan(rules: &mut [Rule], request: &Request, refused: bool) -> Plan {
    let hit = rules.iter_mut().filter_map(|rule| rule.meets(request, refused).then_some(&rule.effects));
    Plan(hit.flatten().cloned().collect())
}

impl Plan {
    /// How much of the request's body is read before the connection ends.
    pub fn upload_cut(&self) -> Option<usize> {
        self.0.iter().find_map(|effect| if let Effect::CutUpload(bytes) = effect { Some(*bytes) } else { None })
    }

    pub fn leaves_body(&self) -> bool {
        self.0.iter().any(|effect| matches!(effect, Effect::LeaveBody))
    }

    /// The answer that takes the place of the registry's own.
    pub fn answer(&self) -> Option<Reply> {
        self.0.iter().find_map(|effect| match effect {
            Effect::Answer { status, code: Some(code) } => Some(Reply::error(*status, code, "as the test asked")),
            Effect::Answer { status, code: None } => Some(Reply::new(*status)),
            Effect::Refuse { status, code, message } => Some(Reply::error(*status, code, message)),
            Effect::SeeOther(url) => Some(Reply::new(303).with(LOCATION, url)),
            Effect::Html => {
                let page = Reply::new(200).with(CONTENT_TYPE, "text/html; charset=utf-8");
                Some(page.bytes("<!doctype html><title>Sign in</title>\n"))
            }
            _ => None,
        })
    }

    /// How long each piece of the request's body waits.
    pub fn sips(&self) -> Option<Duration> {
        self.0.iter().find_map(|effect| if let Effect::Sip(time) = effect { Some(*time) } else { None })
    }

    /// Whether the request's token ends once the registry acted.
    pub fn revokes_token(&self) -> bool {
        self.0.iter().any(|effect| matches!(effect, Effect::RevokeToken))
    }

    /// What other clients do once the registry acted.
    pub fn overtake(&self, content: &mut Content) {
        for effect in &self.0 {
            if let Effect::Overwrite(Overwrite { repository, tag, bytes }) = effect {
                content.put_manifest(repository, Some(tag), bytes.clone());
            }
        }
    }

    /// Put into `reply` what `request` had, if that was asked for.
    pub fn echo(&self, request: &Request, reply: &mut Reply) {
        if !self.0.iter().any(|effect| matches!(effect, Effect::Echo)) {
            return;
        }
        let sent = request.header(AUTHORIZATION).unwrap_or("nothing");
        let is_form = request.route == Route::Token && !request.body.is_empty();
        let form = if is_form { String::from_utf8_lossy(&request.body).into_owned() } else { String::new() };
        let said =
            format!("you sent {sent} with ?{} and {form} (https://{form}@r.io/?{})", request.query, request.query);
        for name in ["retry-after", "x-request-id", "etag", "ratelimit-limit", "oci-echo", "server", "via", "x-unknown"]
        {
            reply.headers.insert(HeaderName::from_static(name), header_value(&said));
        }
        reply.headers.append(WARNING, header_value(&format!("299 - \"{said}\"")));
        reply.headers.append(SET_COOKIE, header_value(&format!("session={}", said.replace(' ', "+"))));
        if reply.status.is_client_error() || reply.status.is_server_error() {
            let body = Reply::error(reply.status.as_u16(), &said, &said).body;
            reply.body = body;
        }
    }

    /// Do to the `reply` to `request` what was asked for.
    pub fn apply(&self, request: &Request, mut reply: Reply) -> Reply {
        for effect in &self.0 {
            match effect {
                Effect::Change(change) => (change.0)(request, &mut reply),
                effect => effect.apply(&mut reply),
            }
        }
        reply
    }
}

impl Effect {
    fn apply(&self, reply: &mut Reply) {
        match self {
            Self::Answer { .. }
            | Self::Refuse { .. }
            | Self::Html
            | Self::SeeOther(_)
            | Self::Overwrite(_)
            | Self::CutUpload(_)
            | Self::LeaveBody
            | Self::Sip(_)
            | Self::RevokeToken
            | Self::Change(_)
            | Self::Echo => {}
            Self::Redirect(url) => redirect(reply, url),
            Self::Header(name, value) => {
                reply.headers.insert(name.clone(), header_value(value));
            }
            Self::MoreHeader(name, value) => {
                reply.headers.append(name.clone(), header_value(value));
            }
            Self::WithoutHeader(name) => {
                reply.headers.remove(name);
            }
            Self::Body(body) => reply.body = body.clone(),
            Self::FlipByte(offset) => reply.body = flipped(&reply.body, *offset),
            Self::Truncate(length) => reply.body.truncate(*length),
            Self::Append(more) => reply.body = [reply.body.as_ref(), more].concat().into(),
            Self::Restate(status, instead) => restate(reply, *status, *instead),
            Self::NoLength => reply.transit.unmeasured = true,
            Self::ClaimLength(length) => reply.transit.claimed_length = Some(*length),
            Self::CutAfter(bytes) => reply.transit.cut_after = Some(*bytes),
            Self::StallAfter(bytes) => reply.transit.stall_after = Some(*bytes),
            Self::Lose => reply.transit.lost = true,
            Self::Withhold => reply.transit.withheld = true,
            Self::Delay(time) => reply.transit.delay += *time,
            Self::Drip(time) => reply.transit.drip = Some(*time),
        }
    }
}

fn restate(reply: &mut Reply, status: u16, instead: u16) {
    if reply.status.as_u16() == status {
        reply.status = hyper::StatusCode::from_u16(instead).expect("a status that exists");
    }
}

fn redirect(reply: &mut Reply, url: &str) {
    if reply.status.is_success() {
        *reply = Reply { transit: reply.transit.clone(), ..Reply::new(307) }.with(LOCATION, url);
    }
}

fn flipped(body: &Bytes, offset: usize) -> Bytes {
    let mut bytes = BytesMut::from(body.as_ref());
    let length = bytes.len();
    let byte = bytes.get_mut(offset).unwrap_or_else(|| panic!("no byte {offset} in a body of {length}"));
    *byte = !*byte;
    bytes.freeze()
}
