-- name: criteria
select id, text, points, place, active from quality_criteria where active or not $1 order by active desc, place, text, id;

-- name: hold_criteria
-- One writes the checklist at a time.
lock table quality_criteria in share row exclusive mode;

-- name: add_criterion
insert into quality_criteria (id, text, points, place, active) values ($1, $2, $3, $4, $5);

-- name: change_criterion
update quality_criteria set text = $2, points = $3, place = $4, active = $5 where id = $1;

-- name: queue
-- Kept, of an agent, not yet reviewed, within reach ($1 his own calls, $2 departments, $3 lines), of ids from $4 to
-- below $5, of agent $6 where one is named; the reviewer's own talks are for others. A recording is as old as its call: of
-- calls those of ids in [$4, $8) are enough.
select r.id, r.call_id, r.seconds, c.started_at, c.direction, c.client, agent.id as agent_id, agent.name as agent
from recordings r
join calls c on c.id = r.call_id and c.id >= $4 and c.id < $8
cross join lateral (
    select p.id, p.name from people p where p.id = any(c.people)
    order by p.extension = c.answered_by desc nulls last, array_position(c.agents, p.extension) nulls last, p.id limit 1
) agent
where r.stage = 'kept' and r.id >= $4 and r.id < $5
  and ($1::uuid = any(c.people) or (($2::uuid[] is null or c.departments && $2) and ($3::uuid[] is null or c.line_id = any($3))))
  and agent.id <> $1 and ($6::uuid is null or agent.id = $6)
  and not exists (select from quality_reviews v where v.recording_id = r.id)
order by r.id desc limit $7;

-- name: turns
-- Whose calls wait among the newest $6 of the queue from $4 on: first who was reviewed least since $5.
with waiting as (
    select r.id, r.call_id, agent.id as agent_id, agent.name as agent
    from recordings r
    join calls c on c.id = r.call_id and c.id >= $4
    cross join lateral (
        select p.id, p.name from people p where p.id = any(c.people)
        order by p.extension = c.answered_by desc nulls last, array_position(c.agents, p.extension) nulls last, p.id
        limit 1
    ) agent
    where r.stage = 'kept' and r.id >= $4
      and ($1::uuid = any(c.people) or (($2::uuid[] is null or c.departments && $2) and ($3::uuid[] is null or c.line_id = any($3))))
      and agent.id <> $1
      and not exists (select from quality_reviews v where v.recording_id = r.id)
    order by r.id desc limit $6
)
select w.agent_id, w.agent, count(*) as waiting, (array_agg(w.call_id order by w.id desc))[1] as call_id,
    coalesce((select count(*) from quality_reviews v where v.agent_id = w.agent_id and v.at >= $5), 0) as reviews
from waiting w group by w.agent_id, w.agent order by reviews, waiting desc, w.agent, w.agent_id limit 200;

-- name: agent_of
-- Whose work recording $1 shows: as a review or a comment says, else who answered its call or placed it.
select p.id, p.name from people p where p.id = coalesce(
    (select agent_id from quality_reviews where recording_id = $1),
    (select agent_id from quality_moments where recording_id = $1 order by id limit 1),
    (select p.id from recordings r join calls c on c.id = r.call_id join people p on p.id = any(c.people)
     where r.id = $1
     order by p.extension = c.answered_by desc nulls last, array_position(c.agents, p.extension) nulls last, p.id limit 1)
);

-- name: review_of
select v.id, v.score, v.remark, v.at, coalesce(p.name, '') as reviewer
from quality_reviews v left join people p on p.id = v.reviewer_id where v.recording_id = $1;

-- name: answers_of
select a.criterion_id, a.answer, a.points, c.text
from quality_answers a join quality_criteria c on c.id = a.criterion_id where a.review_id = $1 order by c.place, c.text, c.id;

-- name: keep_review
insert into quality_reviews (id, recording_id, agent_id, reviewer_id, score, remark, at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (recording_id) do update
set reviewer_id = excluded.reviewer_id, score = excluded.score, remark = excluded.remark, at = excluded.at
returning id;

-- name: forget_answers
delete from quality_answers where review_id = $1;

-- name: keep_answers
insert into quality_answers (review_id, criterion_id, answer, points)
select $1, told.criterion_id, told.answer, told.points
from unnest($2::uuid[], $3::text[], $4::integer[]) as told (criterion_id, answer, points);

-- name: moments_of
-- The comments on a recording by their second, each before what answers it.
select m.id, m.parent_id, m.seconds, m.text, m.at, m.author_id, coalesce(p.name, '') as author
from quality_moments m left join people p on p.id = m.author_id
where m.recording_id = $1 order by m.seconds, coalesce(m.parent_id, m.id), m.at, m.id;

-- name: hold_recording
-- Nothing is written on what was refused; whoever refuses it is waited for.
select id from recordings where id = $1 and stage not in ('refused', 'deleted') for no key update;

-- name: keep_moment
insert into quality_moments (id, recording_id, parent_id, agent_id, author_id, seconds, text, at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: mine
-- Where somebody reviewed or commented on a call of person $1, or answered him, and it is unread (kinds $2);
-- recordings older than $3, the newest first.
select r.id, r.call_id, r.seconds, c.started_at, v.score, coalesce(agent.name, '') as agent,
    (select count(*) from quality_moments m where m.recording_id = r.id) as comments,
    exists (select from notices n where n.subject = r.id and n.person_id = $1 and n.kind = any($2) and n.done_at is null) as unread
from (
    select recording_id as id from quality_reviews where agent_id = $1
    union select recording_id from quality_moments where agent_id = $1 or author_id = $1
) known
join recordings r on r.id = known.id
-- Each by its id: a join of both tables reads all calls of all months.
cross join lateral (select started_at from calls where id = r.call_id offset 0) c
left join quality_reviews v on v.recording_id = r.id
left join people agent on agent.id = coalesce(
    v.agent_id, (select m.agent_id from quality_moments m where m.recording_id = r.id limit 1))
where r.id < $3 order by r.id desc limit $4;

-- name: reviewed
-- The oldest and the newest recording that was reviewed from $1 to below $2.
select (select recording_id from quality_reviews where at >= $1 and at < $2 order by recording_id limit 1) as oldest,
    (select recording_id from quality_reviews where at >= $1 and at < $2 order by recording_id desc limit 1) as newest;

-- name: people
-- Reviews from $4 to below $5 of calls within reach, an agent a row, of agent $6 where one is named; of calls those of ids
-- in [$7, $8) are enough, each by its id: a join of both tables reads all of their months.
select v.agent_id, p.name as agent, count(*) as reviews, avg(v.score)::float8 as score
from quality_reviews v
join people p on p.id = v.agent_id
join recordings r on r.id = v.recording_id
cross join lateral (
    select people, departments, line_id from calls where id = r.call_id and id >= $7 and id < $8 offset 0
) c
where v.at >= $4 and v.at < $5 and ($6::uuid is null or v.agent_id = $6)
  and ($1::uuid = any(c.people) or (($2::uuid[] is null or c.departments && $2) and ($3::uuid[] is null or c.line_id = any($3))))
group by v.agent_id, p.name order by p.name, v.agent_id;

-- name: shares
-- The same a criterion: how often it was met, of how often it was answered with yes or no.
select q.id, q.text, q.active, count(*) filter (where a.answer = 'yes') as met, count(*) as asked
from quality_reviews v
join quality_answers a on a.review_id = v.id and a.answer <> 'na'
join quality_criteria q on q.id = a.criterion_id
join recordings r on r.id = v.recording_id
cross join lateral (
    select people, departments, line_id from calls where id = r.call_id and id >= $7 and id < $8 offset 0
) c
where v.at >= $4 and v.at < $5 and ($6::uuid is null or v.agent_id = $6)
  and ($1::uuid = any(c.people) or (($2::uuid[] is null or c.departments && $2) and ($3::uuid[] is null or c.line_id = any($3))))
group by q.id, q.text, q.active, q.place order by q.place, q.text, q.id;
