//! Applying a secret to a cluster: read what is there, then one server-side apply of what shall be.
//!
//! The field manager is [`MANAGER`]. What it applied before and does not apply now disappears, so a retired CA does not
//! stay trusted. Keys that somebody else put there would stay, and so be trusted: they count as a conflict, like values
//! that somebody else set. With [`ApplyOptions::force_conflicts`] both are taken over. The type of a secret never
//! changes, nor does an immutable one; Kubernetes does not allow it. One that is being deleted is not touched, since what
//! is applied would go with it.
//!
//! Which kubeconfig is read comes from the caller. Neither the credentials in it nor the content of a secret is part of
//! any error. Nothing is built before [`apply`] is called, so the client costs nothing until then.

mod api;
mod connect;
mod error;
mod kubeconfig;
mod live;
mod login;
mod mask;
mod plugin;
mod proxy;
mod refusal;
mod unreached;

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use self::api::{Api, Call};
use self::connect::Target;
pub use self::error::{ApplyError, Field};
use self::live::Live;
use self::mask::Mask;
use super::{Namespace, Secret};

/// The field manager that applied fields belong to.
pub const MANAGER: &str = "bobctl";

/// How often a change is begun again when somebody else changed the secret meanwhile.
const MAX_ROUNDS: u32 = 4;

/// Whether anything is really changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DryRun {
    /// It is.
    #[default]
    None,
    /// No: the kubeconfig is read and nobody is asked, so what would change is not known.
    Client,
    /// No: the cluster decides everything and keeps nothing.
    Server,
}

/// Where to apply, and how.
#[derive(Debug, Clone, Default)]
pub struct ApplyOptions {
    /// Kubeconfigs, merged by kubectl's rule that the first one wins. Files that do not exist are passed over.
    pub kubeconfigs: Vec<PathBuf>,
    /// The context, instead of the current one.
    pub context: Option<String>,
    /// Whether anything is really changed.
    pub dry_run: DryRun,
    /// Take over what others manage.
    pub force_conflicts: bool,
    /// Where the credential plugin of a kubeconfig may speak to people.
    pub plugin_output: PluginOutput,
    /// How long each thing may take.
    pub limits: Limits,
}

/// Where a credential plugin may speak to people: it may ask them to open a page and to type a code there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PluginOutput {
    /// Nowhere. When it fails, the first line is part of the error.
    #[default]
    Kept,
    /// On our own standard error, at once.
    Shown,
}

/// How long each thing may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One request, until its answer is there in full.
    pub request: Duration,
    /// The credential plugin of a kubeconfig. People may have to log in with a browser meanwhile.
    pub plugin: Duration,
    /// The first pause before a request is repeated; each further one is twice as long.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { request: Duration::from_secs(30), plugin: Duration::from_secs(180), pause: Duration::from_millis(250) }
    }
}

/// What an apply did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// The secret's name.
    pub name: String,
    /// The namespace it is in.
    pub namespace: String,
    /// The context of the kubeconfig.
    pub context: String,
    /// What became of it; absent when nobody was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// What became of the secret, by its type, data, labels and annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// There was none of this name.
    Created,
    /// It holds something else now.
    Changed,
    /// It was like this before.
    Unchanged,
}

/// Make the cluster's secret hold what `secret` holds.
///
/// Without a namespace it is applied in that of the context, or in `default`. Failures are those of [`ApplyError`].
/// Dropping the future ends the request and the credential plugin.
pub async fn apply(secret: &Secret, options: &ApplyOptions) -> Result<Applied, ApplyError> {
    let target = Target::read(options).await?;
    let namespace = match &secret.namespace {
        Some(namespace) => namespace.clone(),
        None => target.namespace()?,
    };
    let (name, context) = (secret.name.to_string(), target.context.clone());
    let outcome = match options.dry_run {
        DryRun::Client => None,
        DryRun::None | DryRun::Server => {
            let mask = Mask::of(secret);
            let api = Api::new(target.connect(options).await?, options.limits);
            let job = Job { secret, namespace: &namespace, api: &api, options };
            Some(job.run().await.map_err(|error| error.masked(&mask))?)
        }
    };
    Ok(Applied { name, namespace: namespace.to_string(), context, outcome })
}

/// One secret on its way into one namespace.
struct Job<'a> {
    secret: &'a Secret,
    namespace: &'a Namespace,
    api: &'a Api,
    options: &'a ApplyOptions,
}

impl Job<'_> {
    async fn run(&self) -> Result<Outcome, ApplyError> {
        let mut rounds = 1;
        loop {
            match self.round().await {
                Err(ApplyError::Raced(_)) if rounds < MAX_ROUNDS => rounds += 1,
                result => return result,
            }
        }
    }

    /// Look and change: begun again as a whole when somebody else was quicker.
    async fn round(&self) -> Result<Outcome, ApplyError> {
        let before = self.look().await?;
        if let Some(before) = &before {
            before.can_become(self.secret, self.namespace)?;
            self.must_be_ours(before)?;
        }
        let after = self.put().await?;
        // What somebody put there since the look.
        self.must_be_ours(&after)?;
        let after = match self.take_out(&after).await? {
            Some(last) => last,
            None => after,
        };
        Ok(match before {
            None => Outcome::Created,
            Some(before) if before.same_as(&after) => Outcome::Unchanged,
            Some(_) => Outcome::Changed,
        })
    }

    fn must_be_ours(&self, live: &Live) -> Result<(), ApplyError> {
        let fields = live.strangers(self.secret);
        if fields.is_empty() || self.options.force_conflicts {
            return Ok(());
        }
        Err(ApplyError::Conflict { name: self.secret.name.to_string(), fields })
    }

    async fn look(&self) -> Result<Option<Live>, ApplyError> {
        let answer = self.api.call(&Call::get(&self.path())).await?;
        if refusal::is_absent(&answer) {
            return Ok(None);
        }
        self.secret_in(&answer).map(Some)
    }

    async fn put(&self) -> Result<Live, ApplyError> {
        let force = if self.options.force_conflicts { "&force=true" } else { "" };
        let path = format!("{}?fieldManager={MANAGER}&fieldValidation=Strict{force}{}", self.path(), self.dry_run());
        let mut manifest = serde_json::to_value(self.secret.manifest()).map_err(ApplyError::unsent)?;
        manifest["metadata"]["namespace"] = self.namespace.as_str().into();
        self.secret_in(&self.api.call(&Call::apply(path, &manifest)).await?)
    }

    /// Take out what others put there: only with force is there anything left now.
    async fn take_out(&self, after: &Live) -> Result<Option<Live>, ApplyError> {
        let left = after.left_over(self.secret);
        if left.is_empty() {
            return Ok(None);
        }
        let data: serde_json::Map<_, _> =
            left.into_iter().map(|key| (key.to_owned(), serde_json::Value::Null)).collect();
        // Only if nobody else changed it since: what they put there is looked at first.
        let version = after.resource_version();
        let changes = serde_json::json!({ "metadata": { "resourceVersion": version }, "data": data });
        let path = format!("{}?fieldManager={MANAGER}{}", self.path(), self.dry_run());
        self.secret_in(&self.api.call(&Call::merge(path, &changes)).await?).map(Some)
    }

    fn secret_in(&self, answer: &api::Answer) -> Result<Live, ApplyError> {
        refusal::check(answer, self.secret, self.namespace, self.api.server())?;
        Live::parse(&answer.body).ok_or_else(|| ApplyError::nonsense(self.api.server(), answer.status))
    }

    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/secrets/{}", self.namespace, self.secret.name)
    }

    fn dry_run(&self) -> &'static str {
        if self.options.dry_run == DryRun::Server { "&dryRun=All" } else { "" }
    }
}
