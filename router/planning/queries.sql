-- name: plan_in_force
-- The newest plan.
select version, body from plans order by version desc limit 1;

-- name: published_plan
-- One version.
select version, body from plans where version = $1;

-- name: published_plans
-- Versions below $1, newest first, with the body of the one before each.
select p.version, p.body, p.note, p.published_at, coalesce(people.name, '') as author,
       (select earlier.body from plans earlier where earlier.version < p.version order by earlier.version desc limit 1)
           as before
from plans p left join people on people.id = p.author_id
where $1::bigint is null or p.version < $1
order by p.version desc
limit $2;

-- name: draft
-- The draft, if there is one.
select body, base, version, author, updated_at from plan_drafts;

-- name: begin_draft
-- The first save; nothing where another was first.
insert into plan_drafts (body, base, author, updated_at) values ($1, $2, $3, $4)
on conflict do nothing
returning version;

-- name: save_draft
-- A save over version $5 of the draft; nothing where it has another by now.
update plan_drafts set body = $1, base = $2, author = $3, updated_at = $4, version = version + 1
where version = $5
returning version;

-- name: discard_draft
-- Takes version $1 of the draft away.
delete from plan_drafts where version = $1 returning version;

-- name: publish
-- A new version, in force from the commit on.
insert into plans (body, author_id, note, published_at) values ($1, $2, $3, $4) returning version;

-- name: lock_plans
-- One publication at a time.
select pg_advisory_xact_lock(hashtext('trunkline plans'));

-- name: queues
-- The queues there are.
select id, name, target from queues order by name, id;

-- name: agents
-- Who has a telephone.
select name, extension from people where active and extension is not null order by name, extension;

-- name: lines
-- Our numbers in use.
select number, name, city, fallback from lines where active order by city, name, number;

-- name: count_first_decisions
-- How many questions began a dialogue, of calls between two ids.
select count(*) from decisions where call_id >= $1 and call_id < $2 and turn = 1;

-- name: first_decisions
-- The questions that began a dialogue, of calls between two ids, with what was answered and the facts of that moment.
select call_id, extract(epoch from coalesce(asked_at, at))::float8 as at, caller, line, pbx, action, target, targets, sound, rule, plan,
       facts::text as facts
from decisions where call_id >= $1 and call_id < $2 and turn = 1;
