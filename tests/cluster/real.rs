//! One start of a real API server, for every case that it can decide.

use bobctl::cluster::Kind;
use bobctl::cluster::apply::{ApplyError, ApplyOptions, DryRun, Outcome};
use serde_json::{Value, json};

use super::{apply, commands, failure, options, proxies, trust};
use crate::support::real::{KubeApiserver, User, tls_files};

#[test]
fn a_real_api_server_takes_and_refuses_secrets() {
    let Some(cluster) = KubeApiserver::start() else { return };
    for namespace in ["default", "team"] {
        cluster.kubectl(&["create", "namespace", namespace], "");
    }
    let story = Story { options: options(cluster.kubeconfig(User::Admin)), cluster };
    story.created_changed_and_unchanged();
    story.a_key_that_is_gone_disappears();
    story.labels_annotations_and_namespaces_arrive();
    story.a_dry_run_keeps_nothing();
    story.values_of_another_manager_stay("data", "dGhlaXJz");
    story.values_of_another_manager_stay("stringData", "theirs");
    story.labels_of_another_manager_stay();
    story.keys_of_another_manager_are_not_left_trusted();
    story.a_type_never_changes();
    story.an_immutable_secret_is_refused();
    story.a_secret_that_is_being_deleted_is_refused();
    story.what_is_missing_or_forbidden_is_named();
    story.a_certificate_has_to_be_trusted();
    story.a_plugin_gives_the_credentials();
    story.a_plugin_gives_a_certificate();
    commands::the_outcome_is_said(&story.cluster);
    commands::failures_have_their_exit_codes(&story.cluster);
    commands::exports_are_accepted(&story.cluster);
    commands::kubeconfigs_work_as_for_kubectl(&story.cluster);
    commands::a_plugin_can_speak_to_people_at_a_terminal(&story.cluster);
    proxies::of_the_kubeconfig_are_taken(&story.cluster);
    proxies::of_the_surroundings_are_taken(&story.cluster);
    proxies::that_are_dead_are_named(&story.cluster);
}

struct Story {
    cluster: KubeApiserver,
    options: ApplyOptions,
}

impl Story {
    fn applied(&self, name: &str, data: &[(&str, &str)]) -> Option<Outcome> {
        apply(&trust(name, data), &self.options).expect("it is taken").outcome
    }

    fn live(&self, name: &str) -> Value {
        let shown = self.cluster.kubectl_ok(&["get", "secret", name, "-o", "json"], "");
        serde_json::from_str(&shown).expect("kubectl prints JSON")
    }

    /// What another manager applies.
    fn others(&self, name: &str, field: &str, data: &Value) {
        let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, field: data });
        let arguments = ["apply", "--server-side", "--field-manager=other", "-f", "-"];
        self.cluster.kubectl_ok(&arguments, &secret.to_string());
    }

    fn created_changed_and_unchanged(&self) {
        for (value, outcome) in [
            ("one", Outcome::Created),
            ("one", Outcome::Unchanged),
            ("two", Outcome::Changed),
            ("two", Outcome::Unchanged),
        ] {
            assert_eq!(self.applied("story", &[("a.crt", value)]), Some(outcome));
        }
        let live = self.live("story");
        assert_eq!((&live["data"], &live["type"]), (&json!({ "a.crt": "dHdv" }), &json!("Opaque")));
        assert_eq!(live["metadata"]["namespace"], "default");
    }

    fn a_key_that_is_gone_disappears(&self) {
        self.applied("retired", &[("old.crt", "old"), ("new.crt", "new")]);
        assert_eq!(self.applied("retired", &[("new.crt", "new")]), Some(Outcome::Changed));
        assert_eq!(self.live("retired")["data"], json!({ "new.crt": "bmV3" }));
    }

    fn labels_annotations_and_namespaces_arrive(&self) {
        let mut secret = trust("labelled", &[(".dockerconfigjson", "{\"auths\":{}}")]);
        secret.kind = Kind::DockerConfigJson;
        secret.namespace = Some("team".parse().expect("a namespace"));
        secret.labels = [("app".to_owned(), "bob".to_owned())].into();
        secret.annotations = [("example.com/why".to_owned(), "to pull".to_owned())].into();
        assert_eq!(apply(&secret, &self.options).expect("it is taken").namespace, "team");
        let shown = self.cluster.kubectl_ok(&["get", "secret", "labelled", "-n", "team", "-o", "json"], "");
        let live: Value = serde_json::from_str(&shown).expect("kubectl prints JSON");
        assert_eq!(live["type"], "kubernetes.io/dockerconfigjson");
        assert_eq!(live["metadata"]["labels"], json!({ "app": "bob" }));
        assert_eq!(live["metadata"]["annotations"], json!({ "example.com/why": "to pull" }));
        secret.labels = [].into();
        assert_eq!(apply(&secret, &self.options).expect("it is taken").outcome, Some(Outcome::Changed));
        // The namespace of the context counts when none is given.
        let mut config = self.cluster.config(&json!({ "token": User::Admin.token() }));
        config["contexts"][0]["context"]["namespace"] = json!("team");
        let team = options(self.cluster.write("team", &config));
        assert_eq!(apply(&trust("mine", &[("a.crt", "a")]), &team).expect("it is taken").namespace, "team");
    }

    fn a_dry_run_keeps_nothing(&self) {
        let server = ApplyOptions { dry_run: DryRun::Server, ..self.options.clone() };
        let secret = trust("dry", &[("a.crt", "a")]);
        assert_eq!(apply(&secret, &server).expect("it would be taken").outcome, Some(Outcome::Created));
        assert!(!self.cluster.kubectl(&["get", "secret", "dry"], "").status.success(), "it was kept");
        self.applied("dry", &[("a.crt", "b")]);
        assert_eq!(apply(&secret, &server).expect("it would be taken").outcome, Some(Outcome::Changed));
        assert_eq!(self.live("dry")["data"], json!({ "a.crt": "Yg==" }));
    }

    fn values_of_another_manager_stay(&self, field: &str, value: &str) {
        let name = format!("shared-{}", field.to_lowercase());
        let live = || self.live(&name)["data"].clone();
        self.others(&name, field, &json!({ "a.crt": value }));
        let secret = trust(&name, &[("a.crt", "ours")]);
        let (error, message, hint) = failure(&secret, &self.options);
        assert!(matches!(error, ApplyError::Conflict { .. }), "{error:?}");
        assert!(message.contains("'other'") && message.contains("a.crt"), "{message}");
        assert!(hint.contains("--force-conflicts"), "{hint}");
        assert_eq!(live(), json!({ "a.crt": "dGhlaXJz" }));
        assert_eq!(apply(&secret, &self.forced()).expect("it is taken over").outcome, Some(Outcome::Changed));
        assert_eq!(live(), json!({ "a.crt": "b3Vycw==" }));
        // What is ours now stays ours.
        assert_eq!(self.applied(&name, &[("a.crt", "next")]), Some(Outcome::Changed));
    }

    fn labels_of_another_manager_stay(&self) {
        let theirs = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "tagged", "labels": { "app": "theirs" } },
        });
        let arguments = ["apply", "--server-side", "--field-manager=other", "-f", "-"];
        self.cluster.kubectl_ok(&arguments, &theirs.to_string());
        let mut secret = trust("tagged", &[("a.crt", "a")]);
        secret.labels = [("app".to_owned(), "ours".to_owned())].into();
        let (error, message, _) = failure(&secret, &self.options);
        assert!(matches!(error, ApplyError::Conflict { .. }), "{error:?}");
        assert!(message.contains("'other' manages .metadata.labels.app"), "{message}");
        assert_eq!(apply(&secret, &self.forced()).expect("it is taken over").outcome, Some(Outcome::Changed));
    }

    fn keys_of_another_manager_are_not_left_trusted(&self) {
        self.cluster.kubectl_ok(&["create", "secret", "generic", "left", "--from-literal=old.crt=old"], "");
        let secret = trust("left", &[("new.crt", "new")]);
        let (error, message, _) = failure(&secret, &self.options);
        assert!(matches!(error, ApplyError::Conflict { .. }), "{error:?}");
        assert!(message.contains("'kubectl-create' manages .data.old.crt"), "{message}");
        assert_eq!(self.live("left")["data"], json!({ "old.crt": "b2xk" }), "half of it was applied");
        for dry_run in [DryRun::Server, DryRun::None] {
            let forced = ApplyOptions { dry_run, ..self.forced() };
            assert_eq!(apply(&secret, &forced).expect("it is taken over").outcome, Some(Outcome::Changed));
        }
        assert_eq!(self.live("left")["data"], json!({ "new.crt": "bmV3" }));
        assert_eq!(self.applied("left", &[("new.crt", "new")]), Some(Outcome::Unchanged));
    }

    fn a_type_never_changes(&self) {
        self.applied("typed", &[("a.crt", "a")]);
        let mut secret = trust("typed", &[(".dockerconfigjson", "{\"auths\":{}}")]);
        secret.kind = Kind::DockerConfigJson;
        for options in [&self.options, &self.forced()] {
            let (error, message, hint) = failure(&secret, options);
            assert!(matches!(error, ApplyError::WrongType { .. }), "{error:?}");
            assert!(message.contains("'Opaque', not 'kubernetes.io/dockerconfigjson'"), "{message}");
            assert!(hint.contains("kubectl delete secret typed --namespace default"), "{hint}");
        }
        assert_eq!(self.live("typed")["type"], "Opaque");
    }

    fn an_immutable_secret_is_refused(&self) {
        self.applied("frozen", &[("a.crt", "a")]);
        self.cluster.kubectl_ok(&["patch", "secret", "frozen", "-p", "{\"immutable\":true}"], "");
        for data in [&[("a.crt", "b")][..], &[("a.crt", "a"), ("b.crt", "b")], &[]] {
            let (error, message, hint) = failure(&trust("frozen", data), &self.forced());
            assert!(matches!(error, ApplyError::Immutable { .. }), "{error:?}");
            assert!(message.contains("'frozen' is immutable"), "{message}");
            assert!(hint.contains("kubectl delete secret frozen --namespace default"), "{hint}");
        }
        // The same content is no change.
        assert_eq!(self.applied("frozen", &[("a.crt", "a")]), Some(Outcome::Unchanged));
    }

    fn a_secret_that_is_being_deleted_is_refused(&self) {
        self.applied("going", &[("a.crt", "a")]);
        let hold = "{\"metadata\":{\"finalizers\":[\"example.com/hold\"]}}";
        self.cluster.kubectl_ok(&["patch", "secret", "going", "-p", hold], "");
        // One that holds nothing up is nobody's business.
        assert_eq!(self.applied("going", &[("a.crt", "b")]), Some(Outcome::Changed));
        self.cluster.kubectl_ok(&["delete", "secret", "going", "--wait=false"], "");
        for options in [&self.options, &self.forced()] {
            let (error, message, _) = failure(&trust("going", &[("a.crt", "c")]), options);
            assert!(matches!(error, ApplyError::Deleted { .. }), "{error:?}");
            assert!(message.contains("being deleted") && message.contains("example.com/hold"), "{message}");
        }
        self.cluster.kubectl_ok(&["patch", "secret", "going", "-p", "{\"metadata\":{\"finalizers\":null}}"], "");
        assert_eq!(self.applied("going", &[("a.crt", "c")]), Some(Outcome::Created));
    }

    fn what_is_missing_or_forbidden_is_named(&self) {
        let mut secret = trust("lost", &[("a.crt", "a")]);
        secret.namespace = Some("nowhere".parse().expect("a namespace"));
        let (error, message, hint) = failure(&secret, &self.options);
        assert!(matches!(error, ApplyError::NoNamespace(_)), "{error:?}");
        assert!(message.contains("'nowhere'"), "{message}");
        assert_eq!(hint, "kubectl create namespace nowhere");
        for (user, said) in [(User::Nobody, "\"nobody\""), (User::Stranger, "does not know the user")] {
            let options = options(self.cluster.kubeconfig(user));
            let (error, message, _) = failure(&trust("lost", &[("a.crt", "a")]), &options);
            assert!(matches!(error, ApplyError::Denied(_)), "{error:?}");
            assert!(message.contains(said) && !message.contains(user.token()), "{message}");
        }
    }

    fn a_certificate_has_to_be_trusted(&self) {
        let stranger = tls_files();
        let mut config = self.cluster.config(&json!({ "token": User::Admin.token() }));
        config["clusters"][0]["cluster"]["certificate-authority"] = json!(stranger.ca);
        let (error, message, hint) =
            failure(&trust("trusted", &[("a.crt", "a")]), &options(self.cluster.write("stranger", &config)));
        assert!(matches!(error, ApplyError::Untrusted { .. }), "{error:?}");
        assert!(message.contains(&self.cluster.url()), "{message}");
        assert!(hint.contains("certificate-authority"), "{hint}");
    }

    fn a_plugin_gives_the_credentials(&self) {
        let script = "printf '%s' \"$KUBERNETES_EXEC_INFO\" >\"$SEEN\"; \
            printf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%s\\\\n\"}}' \"$1\"";
        let seen = self.cluster.folder().join("seen");
        let exec = json!({ "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "sh",
            "args": ["-c", script, "plugin", User::Admin.token()],
            "env": [{ "name": "SEEN", "value": seen }],
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": true,
        } });
        let options = options(self.cluster.write("plugin", &self.cluster.config(&exec)));
        let applied = apply(&trust("plugged", &[("a.crt", "a")]), &options).expect("the plugin's token is good");
        assert_eq!(applied.outcome, Some(Outcome::Created));
        let info = std::fs::read_to_string(seen).expect("the plugin wrote it");
        let info: Value = serde_json::from_str(&info).expect("it is JSON");
        assert_eq!(info["spec"]["interactive"], false);
        assert_eq!(info["spec"]["cluster"]["server"], self.cluster.url());
    }

    fn a_plugin_gives_a_certificate(&self) {
        let (certificate, key) = self.cluster.client_pem();
        let answer = json!({
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": { "clientCertificateData": certificate, "clientKeyData": key },
        });
        let answer = self.cluster.write("answer", &answer);
        let exec = json!({ "exec": { "command": "cat", "args": [answer] } });
        let options = options(self.cluster.write("certified", &self.cluster.config(&exec)));
        let (error, message, _) = failure(&trust("certified", &[("a.crt", "a")]), &options);
        assert!(matches!(error, ApplyError::Denied(_)), "{error:?}");
        assert!(message.contains("User \"client\""), "{message}");
        let grant = ["create", "clusterrolebinding", "client", "--clusterrole=cluster-admin", "--user=client"];
        self.cluster.kubectl_ok(&grant, "");
        let applied = apply(&trust("certified", &[("a.crt", "a")]), &options).expect("the certificate is good");
        assert_eq!(applied.outcome, Some(Outcome::Created));
    }

    fn forced(&self) -> ApplyOptions {
        ApplyOptions { force_conflicts: true, ..self.options.clone() }
    }
}
