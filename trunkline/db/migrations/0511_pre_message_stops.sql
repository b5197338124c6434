-- Addresses whose owners want no more letters of rules.

create table message_stops (
    address text primary key check (length(address) between 3 and 254 and address = lower(address)),
    at      timestamptz not null
);
comment on table message_stops is 'Said by the link in a letter; taken back where somebody writes down that a contact with this address allows it.';
