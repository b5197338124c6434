-- name: left_steps
-- Which first steps were left out, and whether all of them are over.
select step from first_steps_left;

-- name: leave_step
insert into first_steps_left (step, at, person_id) values ($1, $2, $3) on conflict do nothing;

-- name: take_step_up
delete from first_steps_left where step = $1;

-- name: facts
-- What there is of each first step: calls since the id $1, strange numbers since the id $2, counted up to $3; of hooks
-- the verdicts $4.
with
hooks as (
    select p.id, p.name, p.kind, n.verdict, f.at as heard_at
    from pbxs p
    left join lateral (
        select verdict from hooks_heard where pbx = p.id and verdict = any ($4) order by id desc limit 1
    ) n on true
    left join lateral (
        select at from hooks_heard where pbx = p.id and verdict = 'fits' order by id desc limit 1
    ) f on true
    where p.active
),
files as (
    select distinct on (kind) kind, id, file_name as name,
           case when state = 'running' and seen_at < now() - interval '1 minute' then 'failed'
                when undo = 'undone' then 'undone' else state end as state
    from imports where not dry_run order by kind, started_at desc
),
visited as (
    select s.key, s.name, s.hosts[1] as host,
           (select count(*) from tracking_placements where site_id = s.id) as placements,
           (select seen_at from visits where site_id = s.id order by id desc limit 1) as visited_at
    from tracking_sites s where s.active
)
select
    (select coalesce(jsonb_agg(hooks order by id), '[]') from hooks) as pbxs,
    (select count(*) from calls where id >= $1 and outcome <> 'merged') as calls,
    (select started_at from calls where outcome <> 'merged' order by id limit 1) as first_call,
    (select started_at from calls where outcome <> 'merged' order by id desc limit 1) as last_call,
    (select count(*) from (select from contacts where deleted_at is null limit $3) as known) as contacts,
    (select to_jsonb(files) from files where kind = 'contacts') as contacts_file,
    (select count(*) from (select from spam_numbers limit $3) as known)
        + (select count(*) from spam_ranges) as spam,
    (select to_jsonb(files) from files where kind = 'spam') as spam_file,
    (select coalesce(jsonb_object_agg(mode, lines), '{}')
     from (select mode, count(*) as lines from lines where active group by mode) as by_mode) as modes,
    (select count(distinct lower(dialled)) from calls
     where line_id is null and direction = 'in' and dialled <> '' and id >= $2 and outcome <> 'merged') as strange,
    (select coalesce(jsonb_agg(visited order by name), '[]') from visited) as sites,
    (select count(*) from people where active) as people,
    (select count(*) from people where active and extension is not null) as extensions,
    (select coalesce(jsonb_agg(jsonb_build_object(
                'id', c.id, 'name', c.name, 'active', c.active,
                'connected', c.kind = 'onec' or exists (select from crm_tokens t where t.connector_id = c.id))
            order by c.name), '[]') from crm_connectors c) as crms;
