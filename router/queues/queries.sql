-- name: list_queues
-- All, by name, with how many people answer each.
select q.id, q.name, q.target, q.strategy, coalesce(d.name, '') as department,
       (select count(*) from queue_members m join people p on p.id = m.person_id and p.active where m.queue_id = q.id)::integer as members
from queues q left join departments d on d.id = q.department_id
order by q.name, q.id;

-- name: find_queue
-- One, held for who changes it.
select id, name, target, strategy, department_id as department from queues where id = $1 for update;

-- name: members_of
-- Who answers it, those who ring first at the front.
select m.person_id as person, m.penalty from queue_members m join people p on p.id = m.person_id and p.active
where m.queue_id = $1 order by m.penalty, p.name, p.id;

-- name: people
-- Who may answer.
select p.id, p.name, coalesce(p.extension, p.mobile, '') as telephone, coalesce(d.name, '') as department
from people p left join departments d on d.id = p.department_id
where p.active order by p.name, p.id;

-- name: departments
-- All of them.
select id, name from departments order by name, id;

-- name: add_queue
-- One more; nothing where there is one of this id.
insert into queues (id, name, target, strategy, department_id) values ($1, $2, $3, $4, $5)
on conflict (id) do nothing returning id;

-- name: change_queue
-- Other names, another order.
update queues set name = $2, target = $3, strategy = $4, department_id = $5 where id = $1;

-- name: same_target
-- Another queue the PBX calls so.
select id from queues where target = $2 and id <> $1 limit 1;

-- name: drop_members
-- Those who answer no more; people who left keep their place.
delete from queue_members m using people p
where m.queue_id = $1 and p.id = m.person_id and p.active and m.person_id <> all ($2::uuid[]);

-- name: put_members
-- Those who answer.
insert into queue_members as known (queue_id, person_id, penalty)
select $1, person, penalty from unnest($2::uuid[], $3::integer[]) as told (person, penalty)
on conflict (queue_id, person_id) do update set penalty = excluded.penalty where known.penalty <> excluded.penalty;

-- name: remove_queue
-- Gone, with its members.
delete from queues where id = $1;

-- name: plans_naming
-- The plan in force and the draft.
(select body from plans order by version desc limit 1) union all select body from plan_drafts;

-- name: lines_naming
-- Lines whose fallback it is.
select number from lines where fallback in ('queue:' || $1, 'team:' || $1) order by number limit 5;

-- name: has_callbacks
-- Whether its callbacks would go with it.
select exists (select from callbacks where queue_id = $1);
