# Included by the Makefile. `make bench` compares chatd with its peers; `make soak` wears it out.

.PHONY: bench soak

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks.run $(BENCH_ARGS)

soak: $(VENV)/.installed
	$(BIN)/python -m benchmarks.soak $(SOAK_ARGS)
