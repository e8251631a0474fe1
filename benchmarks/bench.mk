# Included by the Makefile. `make bench` compares chatd with its peers; `make soak` wears it out.

.PHONY: bench soak

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks.run $(BENCH_ARGS)

soak: $(VENV)/.installed-tests
	CHATD_SEED=$$(date +%s) CHATD_FILL_ROUNDS=300 CHATD_FAULTY_ROUNDS=2000 CHATD_KILLS=200 CHATD_RESTARTS=20 CHATD_NODE_KILLS=200 CHATD_CUTS=200 CHATD_CUTS_OFF=5 CHATD_STILL_SECONDS=60 CHATD_RACES=1000 \
	CHATD_CRASH_ROUNDS=200 CHATD_FUZZ_SECONDS=60 CHATD_DISCONNECTS=10000 CHATD_DISCONNECTS_SHOWN=10000 CHATD_TEN_ROUNDS=5000 CHATD_MESH=6 \
	$(BIN)/python -m pytest -q -o timeout=3600 tests/test_filling.py tests/store/test_failing.py tests/test_postgres.py \
	tests/test_crash.py tests/test_disconnects.py tests/test_disconnects_shown.py tests/several/test_hurt.py tests/several/test_cut_off.py \
	tests/several/test_races.py tests/fuzz tests/people/test_ten.py tests/web/test_voice_pictures.py
	$(BIN)/python -m benchmarks.soak $(SOAK_ARGS)
