-- Many dealers ask for one end customer: orders that overlap, what was decided of them, and the ledger of reservations.

create function customer_key(customer text) returns text language sql immutable as $$
    select coalesce(
        substring(customer from '(?:^|[^0-9])([0-9]{12}|[0-9]{10})(?:[^0-9]|$)'),
        btrim(regexp_replace(
            regexp_replace(
                regexp_replace(translate(lower(customer), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g'),
                '(^| )(ооо|оао|зао|пао|ао|ип|тоо|llc|ltd|inc|gmbh)(?= |$)', ' ', 'g'
            ), ' +', ' ', 'g'))
    )
$$;
comment on function customer_key(text) is 'One end customer, however written: his tax id, else the name without its legal form.';

create function article_list(articles text) returns text[] language sql immutable as $$
    select string_to_array(btrim(regexp_replace(upper(articles), '[[:space:],;]+', ' ', 'g')), ' ')
$$;

alter table orders
    add column end_customer text not null default '',
    add column articles     text not null default '';
alter table orders
    add column customer_key text not null generated always as (customer_key(end_customer)) stored,
    add column article_list text[] not null generated always as (article_list(articles)) stored;
create index orders_customer on orders (customer_key, ordered_on) where customer_key <> '';
create index orders_ordered on orders (ordered_on) where customer_key <> '';
comment on column orders.end_customer is 'For whom a dealer asks: name or tax id.';
comment on column orders.articles is 'What for, divided by spaces or commas.';

create table dealer_overlaps (
    id           uuid primary key,
    customer_key text not null,
    article      text not null,
    customer     text not null,
    state        text not null default 'suspected' check (state in ('suspected', 'confirmed', 'rejected', 'closed')),
    dealers      integer not null,
    found_at     timestamptz not null,
    decided_at   timestamptz,
    decided_by   uuid references people (id) on delete set null
);
create unique index dealer_overlaps_open on dealer_overlaps (customer_key, article) where state in ('suspected', 'confirmed');
create index dealer_overlaps_found on dealer_overlaps (state, found_at desc, id desc);
comment on table dealer_overlaps is 'Several dealers, one end customer and article: proposed to the product manager.';
comment on column dealer_overlaps.state is 'closed: was confirmed, and nobody has had the customer for the days of the window.';
comment on column dealer_overlaps.dealers is 'How many there were when it was found, or rejected: it is proposed again when there are more.';

create table reservations (
    id            uuid primary key,
    overlap_id    uuid not null references dealer_overlaps (id) on delete cascade,
    company_id    uuid not null references companies (id) on delete cascade,
    state         text not null check (state in ('active', 'refused', 'ended', 'expired')),
    until         date,
    prolongations integer not null default 0,
    reason        text not null default '' check (length(reason) <= 500),
    at            timestamptz not null,
    ended_at      timestamptz,
    person_id     uuid references people (id) on delete set null
);
create unique index reservations_active on reservations (overlap_id) where state = 'active';
create index reservations_overlap on reservations (overlap_id, at desc);
create index reservations_until on reservations (until) where state = 'active';
comment on table reservations is 'Which dealer has the end customer until when, and who was refused: one has him at a time.';
