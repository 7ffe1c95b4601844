# `make demo` and `make test` do all their set-up themselves. They need a Rust toolchain, a C compiler, make and git;
# tests that need more (Go, Debian's packages, root) are named in the last lines when it is missing.

TARGET := $(or $(CARGO_TARGET_DIR),target)
# Where tests write why they were left out: one line a reason.
LEFT_OUT := $(TARGET)/tmp/left-out
# The Kubernetes client switches on features of libraries that the rest uses too, such as YAML's and TLS's.
WITHOUT_CLUSTER := cargo test --locked --no-default-features

.PHONY: help demo test tools bench lint

help:
	@echo 'make demo   the main job from start to end, in a scratch folder'
	@echo 'make test   all tests, against real registries where `make tools` can get them'
	@echo 'make lint   format, clippy, documentation, licences and sources of the dependencies'
	@echo 'make bench  benchmarks, and a comparison with oras and regctl (a quarter of an hour, 15 GB of disk)'
	@echo 'make tools  bring the real registries and peer tools into .tools/bin'

demo:
	cargo build --locked
	@bash tests/tools/demo.sh $(TARGET)/debug

tools:
	@bash tests/tools/install.sh

test: tools
	@rm -f $(LEFT_OUT)
	@status=0; $(WITHOUT_CLUSTER) --lib || status=$$?; \
	$(WITHOUT_CLUSTER) --test main create:: || status=$$?; \
	cargo test --locked --no-fail-fast || status=$$?; \
	if [ -s $(LEFT_OUT) ]; then sort -u $(LEFT_OUT) | sed 's/^/left out: /'; fi; \
	exit $$status

lint:
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	cargo clippy --lib --bins --no-default-features --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items --locked
	@bash tests/tools/deny.sh

bench: tools
	cargo bench --locked --bench '*'
