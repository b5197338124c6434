-- What waits is counted, and what is late found, without reading the open leads that were talked with long ago.

create index lead_clocks_untaken on lead_clocks (take_by) where closed_at is null and taken_at is null;
create index lead_clocks_taken on lead_clocks (call_by) where closed_at is null and taken_at is not null and called_at is null;
create index leads_next_call on leads (next_call_at) where closed_at is null and next_call_at is not null;
