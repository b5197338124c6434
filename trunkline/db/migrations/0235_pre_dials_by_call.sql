-- The card of a call of ours asks by the call which dial, and which callback, it is for.
create index dials_call on dials (call_id);
