-- Outgoing calls: the trunks they leave by, how their caller ID is chosen, and what was chosen.

create table trunks (
    id       uuid primary key,
    pbx_id   text not null references pbxs (id) on delete cascade,
    name     text not null check (name ~ '^[A-Za-z0-9_.-]{1,80}$'),
    operator text not null default '' check (length(operator) <= 200),
    format   text not null default 'e164' check (format in ('e164', 'digits', 'national')),
    prefix   text not null default '' check (prefix ~ '^[0-9*#+]{0,10}$'),
    active   boolean not null default true,
    unique (pbx_id, name)
);
comment on column trunks.name is 'The endpoint of the PBX: Dial(PJSIP/NUMBER@name).';
comment on column trunks.format is 'How the operator wants numbers: +79161234567, 79161234567, or 89161234567 and 810 abroad.';
comment on column trunks.prefix is 'Digits before the number.';

create table outgoing_rules (
    only_one       boolean primary key default true check (only_one),
    rule           text not null default 'regional_fixed_for_numa'
        check (rule in ('fixed', 'fixed_for_numa', 'random', 'regional_random', 'regional_fixed_for_numa')),
    default_number text not null default '' check (default_number = '' or default_number ~ '^\+[0-9]{7,15}$')
);
comment on table outgoing_rules is 'The rules of virtual_phone_usage_rule; default_number is what is shown where none fits.';
insert into outgoing_rules default values;

create table last_lines (
    number  text primary key,
    line_id uuid not null references lines (id) on delete cascade,
    at      timestamptz not null
);
create index last_lines_at on last_lines (at);
comment on table last_lines is 'The line of ours that a number was last in touch with, either way: what its owner knows us by.';

create table outgoing_choices (
    call_id   uuid not null,
    turn      smallint not null check (turn between 1 and 8),
    at        timestamptz not null,
    pbx       text not null,
    linkedid  text not null,
    agent     text not null,
    client    text not null,
    action    text not null check (action in ('dial', 'pass', 'end')),
    caller_id text not null,
    trunk     text not null,
    rule      text not null,
    labelled  boolean not null,
    status    text not null,
    reason    text not null,
    degraded  text[] not null,
    micros    integer not null,
    fallbacks jsonb not null,
    trace     jsonb not null,
    facts     jsonb not null,
    primary key (call_id, at, turn)
) partition by range (call_id);
create index outgoing_choices_client on outgoing_choices (client, call_id);
comment on column outgoing_choices.status is 'How the attempt before ended (DIALSTATUS); reason is the SIP answer.';

create trigger directory_head after insert or update or delete or truncate on trunks
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on outgoing_rules
    execute function directory_note_head();
create trigger directory_head_operators after insert or update or delete or truncate on line_operators
    execute function directory_note_head();
create trigger directory_head_labels after insert or update or delete or truncate on line_labels
    execute function directory_note_head();
