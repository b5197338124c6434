-- What visitors wrote into the forms of sites, as touches of the same visit.

create table site_forms (
    id          uuid primary key,
    said_id     uuid not null,
    kind        text not null default 'form' check (kind in ('form', 'callback')),
    site_id     uuid not null references tracking_sites (id),
    at          timestamptz not null,
    said_at     timestamptz not null,
    visit_id    uuid,
    visitor     uuid,
    name        text not null default '' check (length(name) <= 200),
    phone       text not null check (phone ~ '^\+[0-9]{5,15}$'),
    email       text not null default '' check (length(email) <= 254),
    fields      jsonb not null default '{}',
    page        text not null,
    agreed      text not null check (length(agreed) between 1 and 100),
    channel     text not null default '',
    source      text not null default '',
    medium      text not null default '',
    campaign    text not null default '',
    term        text not null default '',
    lead_id     uuid,
    callback_id uuid references callbacks (id) on delete set null,
    unique (site_id, said_id)
);
create index site_forms_visit on site_forms (visit_id) where visit_id is not null;
create index site_forms_phone on site_forms (phone, id);
create index site_forms_callback on site_forms (callback_id) where callback_id is not null;
comment on column site_forms.said_id is 'The browser''s own id: one that comes again changes nothing.';
comment on column site_forms.said_at is 'When it was sent, by the browser''s clock.';
comment on column site_forms.agreed is 'The id of the text the visitor agreed to.';
comment on column site_forms.channel is 'Of the visit; where none is known, read from the page.';
