"""The pages under `docs/reference`, made from the code that they are about; only `make reference` and tests need it."""
