-- What each channel, source, campaign … brought, rolled up by the day in the company's zone: visits, and what every
-- attribution model gives of calls, leads, deals and revenue. As report_changes: a day with a note is read afresh.

create table tracking_changes (
    hour timestamptz not null,
    xid xid8 not null default pg_current_xact_id(),
    primary key (hour, xid)
);
comment on table tracking_changes is 'Hours of visits, calls, attributions, leads, deals and payments that changed, and by which transaction.';

create table tracking_zone (
    the_row boolean primary key default true check (the_row),
    zone text not null
);
comment on table tracking_zone is 'Whose days the roll-up holds. With another zone in the settings it is made anew.';

create table report_traffic (
    day         date not null,
    "by"        text not null,
    key         text not null,
    visits      integer not null,
    visitors    integer not null,
    unexplained integer not null default 0,
    primary key ("by", day, key)
);
comment on column report_traffic.visitors is 'Different visitors of that day: exact for it, and no sum of days is.';
comment on column report_traffic.unexplained is 'Only in the row of the whole day: calls to numbers that tell sources, and nothing explains them.';

create table report_credits (
    day           date not null,
    model         smallint not null,
    "by"          text not null,
    key           text not null,
    band          smallint not null,
    calls         bigint not null,
    answered      bigint not null,
    missed        bigint not null,
    uniques       bigint not null,
    target        bigint not null,
    unique_target bigint not null,
    leads         bigint not null,
    deals         bigint not null,
    revenue       bigint not null,
    primary key ("by", model, day, key, band)
);
comment on table report_credits is 'Millionths of calls, leads and deals, and kopecks, as an attribution model shares them; models by their place in calltracking.models.model.MODELS, -1 where all give the same.';
comment on column report_credits.band is 'How sure the source is: 0 below a half, 1 below nine tenths, 2 from there on.';

create index leads_opened on leads (opened_at);
create index deals_opened on deals (opened_at);
create index payments_paid on payments (paid_on) where cancelled_at is null;

create function tracking_device(agent text) returns text language sql immutable parallel safe
    return case
        when agent = '' then ''
        when agent ~* 'ipad|tablet|playbook|silk|(android(?!.*mobi))' then 'tablet'
        when agent ~* 'mobi|iphone|ipod|android' then 'phone'
        else 'computer'
    end;
comment on function tracking_device is 'What kind of device a User-Agent is of; empty where there is none.';

create function tracking_page(landing text) returns text language sql immutable parallel safe
    return left(split_part(split_part(landing, '?', 1), '#', 1), 300);
comment on function tracking_page is 'A page without its tags.';

create or replace function report_note_calls() returns trigger language plpgsql as $$
begin
    insert into report_changes (hour)
    select distinct date_trunc('hour', started_at, 'UTC') from changed
    on conflict do nothing;
    insert into tracking_changes (hour)
    select distinct date_trunc('hour', started_at, 'UTC') from changed where direction = 'in'
    on conflict do nothing;
    return null;
end $$;

create function tracking_note_visits() returns trigger language plpgsql as $$
begin
    insert into tracking_changes (hour)
    select distinct date_trunc('hour', started_at, 'UTC') from changed
    on conflict do nothing;
    return null;
end $$;

create function tracking_note_attributions() returns trigger language plpgsql as $$
begin
    -- A call's id carries its beginning to some seconds.
    insert into tracking_changes (hour)
    select distinct date_trunc('hour', began + slack, 'UTC')
    from (
        select to_timestamp(('x' || left(replace(call_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) as began
        from changed
    ) as calls
    cross join unnest(array[interval '0', interval '60 s']) as slack
    on conflict do nothing;
    return null;
end $$;

create function tracking_note_opened() returns trigger language plpgsql as $$
begin
    insert into tracking_changes (hour)
    select distinct date_trunc('hour', opened_at, 'UTC') from changed
    on conflict do nothing;
    return null;
end $$;

create function tracking_note_payments() returns trigger language plpgsql as $$
begin
    -- A day of whatever zone.
    insert into tracking_changes (hour)
    select distinct (paid_on + part) at time zone 'UTC'
    from changed cross join unnest(array[interval '-12 h', interval '0', interval '12 h', interval '23 h']) as part
    on conflict do nothing;
    return null;
end $$;

create trigger tracking_insert after insert on visits
    referencing new table as changed for each statement execute function tracking_note_visits();
create trigger tracking_insert after insert on attributions
    referencing new table as changed for each statement execute function tracking_note_attributions();
create trigger tracking_update after update on attributions
    referencing new table as changed for each statement execute function tracking_note_attributions();
create trigger tracking_insert after insert on leads
    referencing new table as changed for each statement execute function tracking_note_opened();
create trigger tracking_update_old after update on leads
    referencing old table as changed for each statement execute function tracking_note_opened();
create trigger tracking_update_new after update on leads
    referencing new table as changed for each statement execute function tracking_note_opened();
create trigger tracking_delete after delete on leads
    referencing old table as changed for each statement execute function tracking_note_opened();
create trigger tracking_insert after insert on deals
    referencing new table as changed for each statement execute function tracking_note_opened();
create trigger tracking_update_old after update on deals
    referencing old table as changed for each statement execute function tracking_note_opened();
create trigger tracking_update_new after update on deals
    referencing new table as changed for each statement execute function tracking_note_opened();
create trigger tracking_delete after delete on deals
    referencing old table as changed for each statement execute function tracking_note_opened();
create trigger tracking_insert after insert on payments
    referencing new table as changed for each statement execute function tracking_note_payments();
create trigger tracking_update_old after update on payments
    referencing old table as changed for each statement execute function tracking_note_payments();
create trigger tracking_update_new after update on payments
    referencing new table as changed for each statement execute function tracking_note_payments();
create trigger tracking_delete after delete on payments
    referencing old table as changed for each statement execute function tracking_note_payments();
