-- What the operator billed, call by call: laid beside what we counted.

create table tracking_bills (
    id        uuid primary key,
    file_name text not null,
    person_id uuid references people (id) on delete set null,
    content   bytea not null,
    head      jsonb not null,
    fields    text[] not null default '{}',
    failure   text not null default '',
    refused   integer not null default 0,
    left_out  integer not null default 0,
    problems  jsonb not null default '[]',
    sent_at   timestamptz not null default now()
);
create index tracking_bills_recent on tracking_bills (sent_at desc);
comment on table tracking_bills is 'A file of calls as the operator counted them; deleted with its rows by who sent it in vain.';
comment on column tracking_bills.head is 'Its first row and some of its values.';
comment on column tracking_bills.left_out is 'Rows that are no incoming call to one of our lines.';

create table tracking_bill_calls (
    bill_id uuid not null references tracking_bills (id) on delete cascade,
    place   integer not null,
    number  text not null,
    at      timestamptz not null,
    client  text not null default '',
    seconds integer not null check (seconds >= 0),
    primary key (bill_id, place)
);
create index tracking_bill_calls_number on tracking_bill_calls (number, at);
comment on column tracking_bill_calls.client is 'Empty: the bill does not tell it.';
