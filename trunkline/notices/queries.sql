-- name: tell
-- What happened, to each of these who works here.
insert into notices (id, person_id, kind, subject, facts, at, mail_at)
select told.id, told.person_id, $3, $4, $5, $6, $7
from unnest($1::uuid[], $2::uuid[]) as told (id, person_id)
join people p on p.id = told.person_id and p.active
returning person_id;

-- name: done
-- Person $1 (null: everybody) has seen or done what those of these kinds say about this subject.
update notices set done_at = $4
where subject = $2 and kind = any ($3) and done_at is null and ($1::uuid is null or person_id = $1);

-- name: done_all
-- Person $1 has seen all of these kinds.
update notices set done_at = $3 where person_id = $1 and kind = any ($2) and done_at is null;

-- name: count_open
-- How many of these kinds wait for person $1.
select count(distinct subject) from notices where person_id = $1 and kind = any ($2) and done_at is null;

-- name: claim_mail
-- Notices of the last two days that nobody did anything about by $1; they are claimed by this.
update notices as told set mailed_at = $1
from people as p
where p.id = told.person_id and told.id in (
    select id from notices
    where mail_at <= $1 and done_at is null and mailed_at is null and at > $1::timestamptz - interval '2 days'
    order by mail_at limit 200 for update skip locked)
returning told.id, told.kind, told.subject, told.facts, told.at, p.name, coalesce(p.email, '') as email, p.active;

-- name: forget
-- Nobody is told of this subject by those of these kinds any more.
delete from notices where subject = $1 and kind = any ($2);

-- name: prune
-- Forgets old ones.
delete from notices where at < $1;
