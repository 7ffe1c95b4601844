//! The listener, its connections, and the way of a request through the registry.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::CONTENT_LENGTH;
use hyper::service::service_fn;
use hyper::{Method, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::auth::{self, Auth, Tokens};
use super::content::Content;
use super::log::{Entry, Listener, Recorder};
use super::message::{Reply, Request, Route, Transit};
use super::options::Builder;
use super::rule::{self, Plan, Rule};
use super::tls::Tls;
use super::{blobs, manifests, uploads};

/// What the registry's thread and its handle share.
pub struct Inner {
    pub options: Builder,
    pub address: SocketAddr,
    pub token_address: SocketAddr,
    state: Mutex<State>,
    pub recorder: Recorder,
    connections: AtomicUsize,
}

#[derive(Default)]
pub struct State {
    pub content: Content,
    pub tokens: Tokens,
    pub rules: Vec<Rule>,
}

/// Where a registry listens.
pub struct Listeners {
    registry: std::net::TcpListener,
    token_service: Option<std::net::TcpListener>,
}

impl Inner {
    pub fn bind(options: Builder) -> (Self, Listeners) {
        let elsewhere = matches!(&options.auth, Auth::Bearer(account) if account.elsewhere);
        let listeners = Listeners { registry: bind(), token_service: elsewhere.then(bind) };
        let address = listeners.registry.local_addr().expect("an address");
        let own = listeners.token_service.as_ref().map(|own| own.local_addr().expect("an address"));
        let inner = Self {
            options,
            address,
            token_address: own.unwrap_or(address),
            state: Mutex::default(),
            recorder: Recorder::default(),
            connections: AtomicUsize::new(0),
        };
        (inner, listeners)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the registry's state")
    }
}

fn bind() -> std::net::TcpListener {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a listener for tokio");
    listener
}

/// The body of the registry's thread. All connections end with the runtime.
pub fn serve(inner: &Arc<Inner>, listeners: Listeners, stopped: oneshot::Receiver<Infallible>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::spawn(accept(inner.clone(), listeners.registry, Listener::Registry));
        if let Some(own) = listeners.token_service {
            tokio::spawn(accept(inner.clone(), own, Listener::TokenService));
        }
        // Nothing is ever sent: the sender's end is the sign.
        let _ended = stopped.await;
    });
}

async fn accept(inner: Arc<Inner>, listener: std::net::TcpListener, name: Listener) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(connection(inner.clone(), stream, name));
    }
}

async fn connection(inner: Arc<Inner>, stream: TcpStream, listener: Listener) {
    stream.set_nodelay(true).expect("a TCP connection");
    let number = inner.connections.fetch_add(1, Ordering::Relaxed);
    let tls = inner.options.tls.clone();
    let service = service_fn(move |incoming| {
        let inner = inner.clone();
        async move { inner.answer(incoming, listener, number).await }
    });
    let http = hyper::server::conn::http1::Builder::new();
    // Connections end with an error when a rule says so, or when the client hangs up.
    let _ended = match tls {
        None => http.serve_connection(TokioIo::new(stream), service).await,
        Some(Tls(acceptor)) => {
            // A client that does not believe the certificate goes away here.
            let Ok(stream) = acceptor.accept(stream).await else { return };
            http.serve_connection(TokioIo::new(stream), service).await
        }
    };
}

/// Why a connection ends in the middle.
#[derive(Debug, thiserror::Error)]
#[error("cut, as the test asked")]
struct Cut;

type Sent = Response<UnsyncBoxBody<Bytes, Cut>>;

impl Inner {
    async fn answer(&self, incoming: hyper::Request<Incoming>, listener: Listener, number: usize) -> Result<Sent, Cut> {
        let (head, body) = incoming.into_parts();
        let path = head.uri.path().to_owned();
        let mut request = Request {
            route: Route::of(&path),
            method: head.method,
            path,
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body: Bytes::new(),
        };
        let entry = self.recorder.begin(&request, listener, number);
        let (plan, refusal) = self.plan(&request, listener);
        if !plan.leaves_body() {
            request.body = read(body, &entry, &plan).await?;
        }
        entry.read(&request);
        let reply = plan.answer().or(refusal).unwrap_or_else(|| self.act(&request));
        plan.overtake(&mut self.state().content);
        if plan.revokes_token() {
            self.state().tokens.revoke(&request);
        }
        let mut reply = plan.apply(&request, reply);
        plan.echo(&request, &mut reply);
        reply.transit.delay += self.options.latency;
        send(reply, request.method == Method::HEAD, entry).await
    }

    fn plan(&self, request: &Request, listener: Listener) -> (Plan, Option<Reply>) {
        let mut state = self.state();
        let scheme = if self.options.tls.is_some() { "https" } else { "http" };
        let realm = format!("{scheme}://{}/token", self.token_address);
        let refusal = match listener {
            Listener::Registry => auth::refuse(&self.options.auth, &state.tokens, request, &realm),
            Listener::TokenService => None,
        };
        (rule::plan(&mut state.rules, request, refusal.is_some()), refusal)
    }

    /// What a registry without faults does.
    fn act(&self, request: &Request) -> Reply {
        let mut state = self.state();
        let State { content, tokens, .. } = &mut *state;
        let options = &self.options;
        match &request.route {
            Route::Ping => Reply::new(200).json(&serde_json::json!({})),
            Route::Token => auth::serve(&options.auth, tokens, request),
            Route::Manifest { repository, reference } => {
                manifests::serve(content, options, request, (repository, reference))
            }
            Route::Blob { repository, digest } => blobs::serve(content, options, request, (repository, digest)),
            Route::Uploads { repository } => {
                let from = request.parameter("from");
                let from = from.as_deref().filter(|from| auth::may_pull(&options.auth, tokens, request, from));
                uploads::start(content, options, request, (repository, from))
            }
            Route::Upload { repository, session } => uploads::go_on(content, options, request, (repository, session)),
            Route::Tags { repository } => manifests::tags(content, options, request, repository),
            Route::Referrers { repository, digest } => {
                manifests::referrers(content, options, request, (repository, digest))
            }
            Route::Unknown => Reply::error(404, "UNSUPPORTED", "no such endpoint"),
        }
    }
}

/// The request's body, as fast as the plan says; an error once as many bytes of it came as the plan lets in.
async fn read(mut body: Incoming, entry: &Entry, plan: &Plan) -> Result<Bytes, Cut> {
    let mut bytes = Vec::new();
    while plan.upload_cut().is_none_or(|cut| bytes.len() < cut) {
        if let Some(time) = plan.sips() {
            tokio::time::sleep(time).await;
        }
        let Some(frame) = body.frame().await else { return Ok(bytes.into()) };
        if let Some(data) = frame.map_err(|_| Cut)?.data_ref() {
            entry.received(data.len());
            bytes.extend_from_slice(data);
        }
    }
    Err(Cut)
}

/// Hand `reply` to hyper, with the faults of its way.
async fn send(reply: Reply, head_only: bool, entry: Entry) -> Result<Sent, Cut> {
    let transit = reply.transit;
    if !transit.delay.is_zero() {
        tokio::time::sleep(transit.delay).await;
    }
    if transit.withheld {
        std::future::pending::<()>().await;
    }
    if transit.lost {
        return Err(Cut);
    }
    entry.answered(reply.status.as_u16());
    let length = transit.claimed_length.or(transit.repeated).unwrap_or(reply.body.len() as u64);
    let steps = if head_only { Vec::new() } else { steps(reply.body, &transit) };
    let mut response = Response::new(in_steps(steps, entry));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    if reply.status != hyper::StatusCode::NO_CONTENT && !transit.unmeasured {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

/// What a body does, in order.
enum Step {
    Send(Bytes),
    Wait(Duration),
    Cut,
    Stall,
}

fn steps(mut body: Bytes, transit: &Transit) -> Vec<Step> {
    const CHUNK: usize = 64 << 10;
    let piece = transit.piece.unwrap_or(CHUNK);
    // A body that is shorter than announced can only end with its connection.
    let cut_after = transit.cut_after.or(transit.claimed_length.map(|_| body.len()));
    let stop = [cut_after, transit.stall_after].into_iter().flatten().min();
    if let Some(stop) = stop {
        body.truncate(stop);
    }
    let mut steps = Vec::new();
    if let Some(length) = transit.repeated {
        let times = CHUNK / body.len().max(1) + 1;
        let block = Bytes::from(body.repeat(times));
        let blocks = usize::try_from(length / block.len() as u64).expect("a length that fits");
        steps.extend((0..blocks).map(|_| Step::Send(block.clone())));
        body = block.slice(..usize::try_from(length % block.len() as u64).expect("less than a block"));
    }
    while !body.is_empty() {
        steps.extend(transit.drip.map(Step::Wait));
        steps.push(Step::Send(body.split_to(piece.min(body.len()))));
    }
    match stop {
        None => {}
        Some(stop) if cut_after == Some(stop) => steps.push(Step::Cut),
        Some(_) => steps.push(Step::Stall),
    }
    steps
}

fn in_steps(steps: Vec<Step>, entry: Entry) -> UnsyncBoxBody<Bytes, Cut> {
    let stream = futures_util::stream::unfold((steps.into_iter(), entry), async |(mut steps, entry)| {
        let mut next = steps.next()?;
        while let Step::Wait(time) = next {
            tokio::time::sleep(time).await;
            next = steps.next()?;
        }
        let frame = match next {
            Step::Send(bytes) => Ok(Frame::data(bytes)),
            Step::Wait(_) => return None,
            Step::Stall => std::future::pending().await,
            Step::Cut => {
                // hyper hands on what it has when the body makes it wait.
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(Cut)
            }
        };
        Some((frame, (steps, entry)))
    });
    BodyExt::boxed_unsync(StreamBody::new(stream))
}
