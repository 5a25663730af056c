-- How many there are of each state is asked for every few seconds, and must not read the rows themselves.
CREATE INDEX run_state ON run (status);
CREATE INDEX effect_state ON effect (state);
