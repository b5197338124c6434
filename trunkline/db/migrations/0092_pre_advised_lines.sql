-- The advised calls of a line, newest first.

create index decisions_advised on decisions (line, call_id) where advised is not null;
