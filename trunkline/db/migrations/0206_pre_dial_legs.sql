-- How many outside calls a dial of ours pays for: two where the agent too is called over a trunk.

alter table dials add column legs smallint not null default 1 check (legs between 1 and 2);
comment on column dials.legs is '2: the agent works on a number outside; both legs count into the caps of the day and of the address.';
