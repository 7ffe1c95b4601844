# `make demo` and `make test` do all their set-up themselves. They need a Rust toolchain, a C compiler, make and git;
# tests that need more (Go, Debian's packages, root) are named in the last lines when it is missing.

TARGET := $(or $(CARGO_TARGET_DIR),target)
# Where tests write why they were left out: one line a reason.
LEFT_OUT := $(TARGET)/tmp/left-out
# The Kubernetes client switches on features of libraries that the rest uses too, such as YAML's and TLS's.
WITHOUT_CLUSTER := cargo test --locked --no-default-features

.PHONY: help demo test tools bench lint fuzz

help:
	@echo 'make demo   the main job from start to end, in a scratch folder'
	@echo 'make test   all tests, against real registries where `make tools` can get them'
	@echo 'make lint   format, clippy, documentation, licences and sources of the dependencies'
	@echo 'make bench  benchmarks, and a comparison with oras and regctl (a quarter of an hour, 15 GB of disk)'
	@echo 'make fuzz   each parser of foreign input is fed for a minute (cargo-fuzz, a C++ compiler)'
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
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	cargo clippy --manifest-path fuzz/Cargo.toml --no-default-features --target-dir $(TARGET) --locked -- -D warnings
	@bash tests/tools/deny.sh

bench: tools
	cargo bench --locked --bench '*'

# Stable Rust is enough: there is no `unsafe` here for a sanitizer to watch. What is found new goes into fuzz/corpus, what
# fails into fuzz/artifacts; neither is kept by git.
FUZZ_SECONDS := 60
FUZZ_TARGETS := reference challenge link manifest unpack values
fuzz:
	@cargo fuzz --version > /dev/null || { echo 'cargo-fuzz is missing: cargo install --locked cargo-fuzz'; exit 1; }
	cargo fuzz build --sanitizer none
	@set -e; for target in $(FUZZ_TARGETS); do \
	  mkdir -p fuzz/corpus/$$target; \
	  cargo fuzz run --sanitizer none $$target fuzz/corpus/$$target fuzz/seeds/$$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=10; \
	done
