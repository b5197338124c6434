-- What counts as a unique and as a target call, and how far back a visit is given something, is said by each site.

alter table tracking_sites
    add column target_seconds integer not null default 30 check (target_seconds between 0 and 3600),
    add column unique_days integer not null default 1 check (unique_days between 1 and 365),
    add column campaign_days integer not null default 90 check (campaign_days between 1 and 365);
comment on column tracking_sites.target_seconds is 'A talk of at least this long is a target call.';
comment on column tracking_sites.unique_days is 'A call is unique where its number talked with nobody of the site for so many times 24 hours.';
comment on column tracking_sites.campaign_days is 'How far back a visit may lie that is given something of what followed.';

create table tracking_site_names (
    name    text primary key,
    site_id uuid not null references tracking_sites (id) on delete cascade
);
create index tracking_site_names_site on tracking_site_names (site_id);
comment on table tracking_site_names is 'Names that attributions call sites by, former ones too; of several sites of one name, the last to take it.';
insert into tracking_site_names (name, site_id)
select distinct on (name) name, id from tracking_sites order by name, active desc, id desc;

create view tracking_rules as
select n.name as site, s.target_seconds * 1000 as target_ms, make_interval(hours => 24 * s.unique_days) as repeat,
    make_interval(hours => 24 * s.campaign_days) as back
from tracking_site_names n join tracking_sites s on s.id = n.site_id;
comment on view tracking_rules is 'By what rules a site counts, by the name its calls are attributed to; calls of no name here take those of a new site.';

create function tracking_note_rules() returns trigger language plpgsql as $$
declare
    former uuid;
    changed boolean := false;
begin
    select site_id into former from tracking_site_names where name = new.name;
    if tg_op = 'INSERT' or new.name <> old.name then
        insert into tracking_site_names (name, site_id) values (new.name, new.id)
        on conflict (name) do update set site_id = excluded.site_id;
        changed := former <> new.id;
    end if;
    if tg_op = 'UPDATE' then
        changed := coalesce(changed, false) or (new.target_seconds, new.unique_days, new.campaign_days)
            <> (old.target_seconds, old.unique_days, old.campaign_days);
    end if;
    if changed then
        -- All days that are rolled up, and those just being rolled up: their notes are gone only once that is committed.
        insert into tracking_changes (hour)
        select date_trunc('hour', (day + interval '12 h') at time zone zone, 'UTC')
        from (select distinct day from report_credits where "by" = '') as days cross join tracking_zone
        union
        select hour from tracking_changes
        on conflict do nothing;
    end if;
    return null;
end $$;
create trigger tracking_rules after insert or update on tracking_sites
    for each row execute function tracking_note_rules();
