-- What a stream was told so far, for whoever looks at one call. A hash of the stream is short, and asked for whole alone.

create index outbox_log_stream on outbox_log using hash (stream);
create index outbox_dead_streams on outbox_dead using hash (stream);
