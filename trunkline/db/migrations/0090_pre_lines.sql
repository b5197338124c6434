-- A line's mode, its life, what else the PBX calls it, who carried it when, and how operators label its calls.

alter table lines
    add column mode text not null default 'route' check (mode in ('observe', 'advise', 'route')),
    add column state text not null default 'active'
        check (state in ('ordered', 'quarantine', 'active', 'retiring', 'returned')),
    add column state_since timestamptz not null default now();
update lines set state = 'returned' where not active;
comment on column lines.mode is 'What becomes of our decision: nothing is decided, it is only stored, or the PBX gets it.';
comment on column lines.state is 'trunkline/lines/life.py tells which state may follow which.';
comment on column lines.active is 'Whether calls to it are ours to know: follows from state, by the trigger line_life.';
comment on column lines.operator is 'Today''s operator: follows line_operators where the line has any.';
comment on column lines.label is 'What our own phones show when it rings; what the called see of our calls is in line_labels.';

-- The version before this one writes `active` alone and may still run: then the state follows.
create function line_life() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if not new.active and new.state = 'active' then
            new.state := 'returned';
        end if;
    elsif new.state = old.state and new.active <> old.active then
        new.state := case when new.active then 'active' else 'returned' end;
        new.state_since := now();
    end if;
    new.active := new.state in ('quarantine', 'active', 'retiring');
    return new;
end $$;
create trigger line_life before insert or update on lines for each row execute function line_life();

create table line_aliases (
    alias    text primary key check (alias ~ '^\S{1,40}$' and alias = lower(alias)),
    line_id  uuid not null references lines (id) on delete cascade,
    added_at timestamptz not null default now()
);
create index line_aliases_line on line_aliases (line_id);
comment on table line_aliases is 'What else a PBX calls a line: a trunk''s login, a city number, another operator''s number.';
comment on column line_aliases.alias is 'E.164 where it spells a number, else as the PBX sends it, in lower case.';

create table line_operators (
    line_id  uuid not null references lines (id) on delete cascade,
    operator text not null check (length(operator) between 1 and 200),
    trunk    text not null default '' check (length(trunk) <= 200),
    since    date not null,
    until    date check (until > since),
    tariff   text not null default '' check (length(tariff) <= 200),
    fee      numeric(12, 2) check (fee >= 0),
    primary key (line_id, since),
    constraint line_operators_one_at_a_time
        exclude using gist (line_id with =, daterange(since, until, '[)') with &&)
);
comment on table line_operators is 'Who carries a line, over which trunk, for how much, and when: a number that is ported keeps its history.';
comment on column line_operators.until is 'The first day it is no longer so; null while it goes on.';
comment on column line_operators.fee is 'Roubles a month.';

create table line_labels (
    line_id  uuid not null references lines (id) on delete cascade,
    operator text not null check (length(operator) between 1 and 200),
    text     text not null check (length(text) between 1 and 32),
    since    date not null,
    primary key (line_id, operator, since)
);
comment on table line_labels is 'The labelled caller-ID text (126-FZ art. 45) each operator shows for a line, and since when.';

create trigger directory_head after insert or update or delete or truncate on line_aliases
    execute function directory_note_head();
