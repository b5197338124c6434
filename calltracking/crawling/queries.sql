-- name: enrol
-- Sites in use that no crawl was planned of yet.
insert into site_crawls (site_id, next_at)
select s.id, $1 from tracking_sites s
where s.active and not exists (select from site_crawls c where c.site_id = s.id)
on conflict do nothing;

-- name: claim
-- The one that is due longest, held by this node until $2.
update site_crawls c set begun_at = $1, held_until = $2
from tracking_sites s
where s.id = c.site_id and c.site_id = (
    select due.site_id from site_crawls due join tracking_sites t on t.id = due.site_id and t.active
    where due.next_at <= $1 and (due.held_until is null or due.held_until < $1)
    order by due.next_at limit 1 for update of due skip locked)
returning c.site_id, s.name, s.key, s.hosts;

-- name: hold
-- Still this node's crawl, and the site still there.
select 1 from site_crawls where site_id = $1 and begun_at = $2 for update;

-- name: ended
-- Of trackings $8 a crawl that was not whole ($9) takes away none.
update site_crawls set ended_at = $2, next_at = $3, held_until = null, pages = $4, unread = $5, cut = $6, fault = $7,
    trackers = case when $9 then $8::text[] else (select coalesce(array_agg(distinct name order by name), '{}')
                                                  from unnest(trackers || $8::text[]) as name) end
where site_id = $1;

-- name: judged
-- What each of these numbers is to site $2 on day $3; those that are right there are left out.
select told.number,
    case when exists (select from tracking_numbers n where n.number = told.number and n.pool_id is not null
                      and n.since <= $3 and (n.until is null or n.until > $3)) then 'pool'
         when l.state in ('retiring', 'returned') then 'retired'
         when l.number is null then 'stranger' end as kind
from unnest($1::text[]) as told (number)
left join lines l on l.number = told.number
where not exists (select from tracking_placements p where p.site_id = $2 and p.number = told.number)
  and (l.number is not null or not (
      exists (select from contact_phones c where c.number = told.number)
      or exists (select from people w where w.mobile = told.number and w.active)
      or exists (select from line_aliases a where a.alias in (told.number, substr(told.number, 2)))));

-- name: keep
-- Found again: since when stays, unless it is another thing now.
insert into site_findings (site_id, number, kind, pages, page_count, first_at, last_at)
values ($1, $2, $3, $4, $5, $6, $6)
on conflict (site_id, number) do update set
    kind = excluded.kind, pages = excluded.pages, page_count = excluded.page_count, last_at = excluded.last_at,
    first_at = case when site_findings.kind = excluded.kind then site_findings.first_at else excluded.first_at end,
    accepted_at = case when site_findings.kind = excluded.kind then site_findings.accepted_at end;

-- name: forget
-- What this crawl ($2) did not find: of whole crawls all, else those whose pages it saw.
delete from site_findings where site_id = $1 and last_at < $2 and ($3 or pages <@ $4::text[]);

-- name: find_crawl
select next_at, begun_at, ended_at, held_until, pages, unread, cut, fault, trackers from site_crawls where site_id = $1;

-- name: findings
-- Pools' numbers first.
select number, kind, pages, page_count, first_at, last_at, accepted_at from site_findings
where site_id = $1 order by accepted_at is not null, kind <> 'pool', kind, number limit 200;

-- name: look_now
-- At once, unless it is being read or was a minute ago.
insert into site_crawls (site_id, next_at) values ($1, $2)
on conflict (site_id) do update set next_at = excluded.next_at
where (site_crawls.held_until is null or site_crawls.held_until < $2)
  and (site_crawls.ended_at is null or site_crawls.ended_at < $2 - interval '1 minute')
returning site_id;

-- name: accept
-- It is right there ($3), or not (null); a pool's number never is.
update site_findings set accepted_at = $3 where site_id = $1 and number = $2 and kind <> 'pool' returning number;

-- name: marked
-- Sites whose pages show a pool's number to everybody.
select distinct site_id from site_findings where kind = 'pool';
