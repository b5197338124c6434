-- The button by which visitors of a site ask to be called back.

create table callback_widgets (
    site_id  uuid primary key references tracking_sites (id) on delete cascade,
    active   boolean not null default false,
    queue_id text not null references queues (id) on delete cascade,
    line     text not null default '' check (length(line) <= 20),
    days     smallint[] not null default '{1,2,3,4,5}' check (cardinality(days) between 1 and 7 and days <@ '{1,2,3,4,5,6,7}'),
    opens    smallint not null default 9 check (opens between 0 and 23),
    closes   smallint not null default 18 check (closes between 1 and 24),
    agreed   text not null check (length(agreed) between 1 and 100),
    terms    text not null default '' check (length(terms) <= 1000),
    check (opens < closes)
);
create index callback_widgets_queue on callback_widgets (queue_id);
comment on column callback_widgets.days is 'Monday is 1. Hours are whole ones of the company''s zone.';
comment on column callback_widgets.agreed is 'The id of the text a visitor agrees to by asking; kept with each wish.';
