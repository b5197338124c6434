-- Imports of contacts: columns as somebody mapped them, a preview before they go in, and how to take them back.

alter table contacts
    add column restored_version bigint,
    add column restored_as bigint;
comment on column contacts.restored_version is 'The version an undone import made; only while it is the contact''s version does restored_as hold.';
comment on column contacts.restored_as is 'The version whose state it has again since then: who only changed it in between did not change it at all.';

create function contact_state(version bigint, restored_version bigint, restored_as bigint) returns bigint
    language sql immutable parallel safe
    return case when restored_version = version then restored_as else version end;
comment on function contact_state is 'The oldest version of a contact that says the same as this one; 0 before it was there.';

create table import_undo (
    import_id      uuid not null,
    contact_id     uuid not null,
    state_before   bigint not null,
    version_after  bigint not null,
    overdue_after  numeric(14, 2) not null,
    company_id     uuid,
    name           text not null,
    class          contact_class not null,
    responsible_id uuid,
    deputy_id      uuid,
    email          text,
    vip            boolean not null,
    overdue        numeric(14, 2) not null,
    note           text not null,
    deleted_at     timestamptz,
    phones         text[] not null,
    primary key (import_id, contact_id)
);
comment on table import_undo is 'Contacts an import changed or took out, as they were before; those it added are told by their ids (imports.added_after, added_to). Without foreign keys: a million rows are written at once, and what is gone is left out when read.';

alter table imports drop constraint imports_state_check;
alter table imports
    add constraint imports_state_check
        check (state in ('running', 'mapping', 'previewed', 'cancelled', 'undoing', 'done', 'failed')),
    add column file_hash   bytea,
    add column look        jsonb,
    add column preview     jsonb,
    add column fingerprint bigint,
    add column moved       boolean not null default false,
    add column added_after uuid,
    add column added_to    uuid,
    add column undo        text not null default '' check (undo in ('', 'kept', 'gone', 'undone')),
    add column undone_at   timestamptz,
    add column undone      jsonb;
comment on column imports.look is 'The columns of the file with some of its values and what each is taken for; until it went in.';
comment on column imports.preview is 'Some of what would change; until it went in.';
comment on column imports.fingerprint is 'Of everything that would change: what goes in must have the same.';
comment on column imports.moved is 'Contacts had changed when it was to go in; the preview was made again.';
comment on column imports.added_after is 'Contacts it added have ids above this one, up to added_to.';
comment on column imports.undo is 'Whether it can be undone; empty where there was never anything to undo.';

create table import_maps (
    key       bytea primary key,
    headings  text[] not null,
    fields    text[] not null,
    header    boolean not null,
    used_at   timestamptz not null default now()
);
comment on table import_maps is 'What the columns of a kind of file were last taken for; key is the hash of its headings.';
