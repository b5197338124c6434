-- Erasing a number: what was done, and who is refused for good without being named.

create table erasures (
    id          uuid primary key,
    mark        bytea not null,
    at          timestamptz not null,
    finished_at timestamptz,
    person_id   uuid references people (id) on delete set null,
    person      text not null,
    via         text not null,
    counts      jsonb not null default '{}',
    found       jsonb not null default '[]',
    constraint erasures_mark_check check (length(mark) = 16)
);
create index erasures_newest on erasures (at desc);
comment on table erasures is 'Each time a number was erased: by whom, how many rows of each table, and what is left elsewhere. The number is not kept.';
comment on column erasures.mark is 'Of the number, made with the key of the installation: whoever has both can tell whether it is this one.';
comment on column erasures.counts is 'Rows by table, things by kind: what was erased or emptied.';
comment on column erasures.found is 'What is left, where, and why: see trunkline/erasing/proof.py.';

create table refused_marks (
    mark     bytea not null,
    what     text not null,
    reason   text not null,
    added_at timestamptz not null,
    primary key (mark, what),
    constraint refused_marks_mark_check check (length(mark) = 16),
    constraint refused_marks_what_check check (what = any (array['call', 'message']))
);
comment on table refused_marks is 'Numbers that were erased and are not to be called, or written to, all the same: their marks alone.';

-- The audit log stays append-only but for one thing: an erasure takes a number out of what was said of a deed.
create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and current_setting('trunkline.erasing', true) = 'on' then
        if (new.id, new.at, new.person_id, new.via, new.action, new.object_kind, new.address)
            is not distinct from (old.id, old.at, old.person_id, old.via, old.action, old.object_kind, old.address)
        then
            return new;
        end if;
    end if;
    raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end
$$;
