# nikkan: `make demo` shows it, `make test` proves it.

CARGO ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
UNITDIR ?= /lib/systemd/system

.PHONY: help demo test bare build install deb systemd-proof package-proof model-proof bench hand-in fuzz soak crash standby-proof schedules looks pictures figures over-midnight machine-proof hanging-proof

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

demo: ## a midnight in a minute: private servers, the model day, the digest that arrives
	@scripts/prepare demo
	@echo "building; the first time takes a few minutes" >&2
	@$(CARGO) build --quiet --bin nikkan --example demo
	@target/debug/examples/demo target/debug/nikkan

test: ## format, lints, dependencies, documentation, unit and integration tests, and what a browser makes of the pages
	@scripts/prepare test
	$(CARGO) fmt --check
	scripts/deny
	$(CARGO) clippy --all-targets --locked -- -D warnings
	$(CARGO) test --doc --locked
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --locked --quiet
	if $(CARGO) nextest --version >/dev/null 2>&1; then \
		$(CARGO) nextest run --locked --no-fail-fast; \
	else \
		$(CARGO) test --locked --lib --bins --tests; \
	fi
	scripts/looks

bench: ## what the mailbox and the parser can do on this machine, and what handing in costs
	@scripts/prepare test
	$(CARGO) bench

hand-in: ## 10,000 readers through a real Postfix, beside Postfix's own client (root; a few minutes)
	@scripts/prepare test
	$(CARGO) bench --bench hand_in

FUZZ ?= announcement session
fuzz: ## an hour of arbitrary bytes for the parser, and one for the mailbox's session (FUZZ=session: only that; fuzz/README.md)
	mkdir -p fuzz/corpus/announcement fuzz/corpus/session
	cp tests/data/corpus/*/*.eml tests/data/announcements/*/*.eml tests/data/model-day/*.eml fuzz/corpus/announcement/
	cp fuzz/seeds/session/* fuzz/corpus/session/
	for target in $(FUZZ); do \
		RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run --sanitizer none $$target -- \
			-max_len=65536 -timeout=60 -rss_limit_mb=4096 -max_total_time=3600 -print_final_stats=1 || exit 1; \
	done

crash: ## kills the daemon at 1,000 steps and counts what its promises came to (docs/promises.md; about 10 minutes)
	@scripts/prepare demo
	$(CARGO) build --quiet --bin nikkan --example crash
	target/debug/examples/crash target/debug/nikkan 1000

standby-proof: ## two machines on one mailbox, killed at random steps over 1,000 midnights (docs/standby.md; about 20 minutes)
	@scripts/prepare demo
	$(CARGO) build --quiet --bin nikkan --example standby
	target/debug/examples/standby target/debug/nikkan 1000

over-midnight: ## reparse, import, search and site of 200,000 messages, and a first reading, over a midnight each (docs/machine.md; ten minutes)
	@scripts/prepare demo
	$(CARGO) build --quiet --release --bin nikkan --example over_midnight
	target/release/examples/over_midnight target/release/nikkan 200000

schedules: ## 10,000 random schedules of arrivals, restarts, clock steps and outages (about 4 minutes)
	NIKKAN_SCHEDULES=10000 $(CARGO) test --lib schedules::

soak: ## 10,000 seeds of a server that mixes all faults, then ten minutes of the binary against one that fails every few seconds
	NIKKAN_SEEDS=10000 $(CARGO) test --locked --test faults after_any_mixture -- --nocapture
	$(CARGO) build --quiet --bin nikkan --example soak
	target/debug/examples/soak target/debug/nikkan 600 2000 1

looks: ## what a browser finds wrong with the pages: contrast, names, small type, links too low for a thumb (about a minute)
	@scripts/prepare looks
	$(CARGO) build --quiet --bin nikkan
	scripts/looks

pictures: ## the pages as a reader sees them, at 1280 and 390 pixels, light and dark (target/pictures)
	@scripts/prepare looks
	$(CARGO) build --quiet --bin nikkan
	scripts/looks pictures target/pictures

figures: ## sizes of files and functions, names met in several rooms, how doc comments begin
	@scripts/figures src

bare: ## checks and tests the build without the feature `llm` (about a minute)
	$(CARGO) clippy --no-default-features --target-dir target/bare --locked -- -D warnings
	$(CARGO) test --no-default-features --target-dir target/bare --locked --lib editor::

build: ## the release binary, target/release/nikkan
	@scripts/prepare build
	$(CARGO) build --release --locked

install: build ## into $(PREFIX), with the units, the example configuration, manual pages and completions
	install -D -m 755 target/release/nikkan $(DESTDIR)$(PREFIX)/bin/nikkan
	install -D -m 644 config.example.toml $(DESTDIR)$(PREFIX)/share/doc/nikkan/config.example.toml
	target/release/nikkan manual $(DESTDIR)$(PREFIX)/share/man
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	target/release/nikkan completions bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/nikkan
	target/release/nikkan completions zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_nikkan
	target/release/nikkan completions fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/nikkan.fish
	for unit in systemd/*; do \
		sed 's#/usr/bin/nikkan#$(PREFIX)/bin/nikkan#' $$unit > target/unit && \
		install -D -m 644 target/unit $(DESTDIR)$(UNITDIR)/$${unit#systemd/} || exit 1; \
	done
	install -d -m 755 $(DESTDIR)/etc/nikkan
	install -d -m 700 $(DESTDIR)/etc/nikkan/config.credentials

deb: build ## the Debian package, target/debian/nikkan_VERSION_ARCH.deb (by cargo-deb, into target/tools where it is missing)
	scripts/deb target/release/nikkan

systemd-proof: ## the units under a real systemd, in a throw-away machine over this one (root; about 2 minutes; docs/systemd.md)
	@scripts/prepare proof
	$(CARGO) build --quiet --bin nikkan
	scripts/throw-away-machine scripts/systemd-proof

machine-proof: ## root's hands, frozen disks and journals, lost disks and old backups, under a real systemd (root; ten minutes; docs/machine.md)
	@scripts/prepare proof
	$(CARGO) build --quiet --bin nikkan
	for part in hands midnight restore; do \
		SECONDS_AT_MOST=900 scripts/throw-away-machine scripts/machine-proof $$part || exit 1; \
	done

hanging-proof: ## a server that hangs at each step of IMAP and SMTP over one midnight (seven minutes; docs/machine.md)
	@scripts/prepare demo
	$(CARGO) build --quiet --bin nikkan --example hanging
	target/debug/examples/hanging target/debug/nikkan

package-proof: ## the package installed, configured, upgraded and purged, in a throw-away machine (root; docs/packaging.md)
	@scripts/prepare proof
	$(CARGO) build --quiet --bin nikkan
	rm -rf target/debian/trial
	scripts/deb target/debug/nikkan target/debian/trial/older 0.0.9-1
	scripts/deb target/debug/nikkan target/debian/trial/newer
	scripts/throw-away-machine sh -c 'scripts/package-proof target/debian/trial/older/*.deb target/debian/trial/newer/*.deb'

model-proof: ## a small model, installed from PyPI and served on loopback, edits the model day (ten minutes of building, once; docs/editor.md)
	$(CARGO) build --quiet --bin nikkan
	scripts/model-proof target/debug/nikkan
