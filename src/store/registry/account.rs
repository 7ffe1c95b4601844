//! Who asks at a registry: the accounts of this process, each looked up when it is needed and once (AUTH-14, AUTH-23 to
//! AUTH-26).
//!
//! A repository may have an account of its own (AUTH-21). Repositories of one registry that have the same credential share
//! an account, and so its tokens.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use tokio::sync::OnceCell;

use super::Result;
use super::error::{Who, login_hint};
use super::observer::Notice;
use super::token::Tokens;
use super::transport::Transport;
use crate::credentials::{Credential, Keychain, Lookup};
use crate::oci::reference::Host;
use crate::store::{Answer, Fault, StoreError};

/// One credential at one registry, or nobody's.
pub(super) struct Account {
    host: Host,
    lookup: Arc<Lookup>,
    /// The tokens that were given out to it.
    pub(super) tokens: Tokens,
}

impl Account {
    /// Nobody, whatever a keychain holds for `host`.
    pub(super) fn anonymous(host: Host) -> Self {
        Self { host, lookup: Arc::default(), tokens: Tokens::default() }
    }

    /// What proves it; `None` for nobody.
    pub(super) fn credential(&self) -> Option<&Credential> {
        self.lookup.found.as_ref().map(|found| &found.credential)
    }

    /// Where its credential came from.
    pub(super) fn origin(&self) -> Option<&str> {
        self.lookup.found.as_ref().map(|found| found.origin.as_str())
    }

    /// Its registry.
    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// For the hint of an error about access.
    pub(super) fn who(&self) -> Who {
        match &self.lookup.found {
            Some(found) => Who::Holder(found.origin.clone()),
            None => Who::Nobody(self.lookup.searched.clone()),
        }
    }

    /// Whether it may write: not when a source cannot be read, which may have had the account that was meant (AUTH-23).
    pub(super) fn may_write(&self) -> Result<()> {
        if self.lookup.broken.is_empty() {
            return Ok(());
        }
        let message = format!("credentials for {} cannot be looked up", self.host);
        let fault = Fault::new(message).caused_by(self.lookup.broken.join("; "));
        Err(StoreError::Local(fault.with_hint("mend or remove it, or give the credentials with --creds")))
    }

    /// The failure of a request that needs somebody, when this is nobody (AUTH-14). What failed on the way is the cause.
    pub(super) fn nobody(&self) -> StoreError {
        let Lookup { failed, broken, .. } = &*self.lookup;
        let fault = Fault::new(self.lookup.nothing(&self.host)).answered(Answer { status: 401, code: None });
        let fault = fault.with_hint(login_hint(&self.host));
        let causes: Vec<&str> = failed.iter().chain(broken).map(String::as_str).collect();
        StoreError::Denied(if causes.is_empty() { fault } else { fault.caused_by(causes.join("; ")) })
    }

    /// The failure of a credential that cannot be sent in the way that is asked for.
    pub(super) fn unusable(&self) -> StoreError {
        let message = format!("the credentials for {} are of a kind that it does not take", self.host);
        StoreError::Denied(Fault::new(message).with_hint("give user name and password with --creds"))
    }

    /// Whether `lookup` came to the same credential, and by nothing else that needs a word.
    fn is(&self, host: &Host, lookup: &Lookup) -> bool {
        let credential = lookup.found.as_ref().map(|found| &found.credential);
        let troubles = (&lookup.broken, &lookup.failed);
        self.host == *host && self.credential() == credential && (&self.lookup.broken, &self.lookup.failed) == troubles
    }
}

type Slot = Arc<OnceCell<Arc<Account>>>;

/// The accounts of this process.
pub(super) struct Accounts {
    keychain: Arc<dyn Keychain>,
    transport: Arc<Transport>,
    /// By registry and repository.
    slots: Mutex<HashMap<(Host, Option<String>), Slot>>,
    /// Each account once.
    held: Mutex<Vec<Arc<Account>>>,
    warned: Mutex<HashSet<String>>,
}

impl Accounts {
    /// Nobody yet; accounts come out of `keychain`, and the observer of `transport` is told which.
    pub(super) fn new(keychain: Arc<dyn Keychain>, transport: Arc<Transport>) -> Self {
        let (slots, held, warned) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { keychain, transport, slots, held, warned }
    }

    /// The headers that the configuration adds (NET-13).
    pub(super) async fn headers(&self) -> Vec<(String, SecretString)> {
        self.keychain.headers().await
    }

    /// The account for `repository` at `host`.
    pub(super) async fn get(&self, host: &Host, repository: Option<&str>) -> Arc<Account> {
        let slot = Arc::clone(locked(&self.slots).entry((host.clone(), repository.map(str::to_owned))).or_default());
        let find = async || self.hold(host, self.keychain.find(host, repository).await);
        Arc::clone(slot.get_or_init(find).await)
    }

    /// The account that `lookup` found: one that is held already when it is the same.
    fn hold(&self, host: &Host, lookup: Arc<Lookup>) -> Arc<Account> {
        let mut held = locked(&self.held);
        if let Some(same) = held.iter().find(|held| held.is(host, &lookup)) {
            return Arc::clone(same);
        }
        let told = match &lookup.found {
            Some(found) => format!("credentials for {host} from {}", found.origin),
            None => lookup.nothing(host),
        };
        self.transport.observer().notice(Notice::Detail(&told));
        let account = Arc::new(Account { host: host.clone(), lookup, tokens: Tokens::default() });
        held.push(Arc::clone(&account));
        account
    }

    /// Say what was wrong on the way to `account`, which is used all the same: each thing once.
    pub(super) fn warn(&self, account: &Account) {
        let Lookup { broken, failed, .. } = &*account.lookup;
        for what in broken.iter().chain(failed) {
            if locked(&self.warned).insert(what.clone()) {
                self.transport.observer().notice(Notice::Warning(&format!("{what}; going on without it")));
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
