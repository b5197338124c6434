-- name: start_run
-- An import begins.
insert into imports (id, kind, source, file_name, replace_source, dry_run, person_id, node)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: note_run
-- How far an import is, and that it lives.
update imports set done = $2, rows = $3, refused = $4, seen_at = now() where id = $1 and state = 'running';

-- name: finish_run
-- What an import did.
update imports
set state = 'done', done = 1, rows = $2, refused = $3, added = $4, changed = $5, unchanged = $6, removed = $7,
    problem_count = $8, problems = $9, ignored_columns = $10, seen_at = now(), ended_at = now()
where id = $1;

-- name: fail_run
-- An import changed nothing, and why.
update imports set state = 'failed', failure = $2, seen_at = now(), ended_at = now() where id = $1;

-- name: find_run
-- One import; a running one that has not been seen for a minute was interrupted.
select i.id, i.kind, i.source, i.file_name, i.replace_source, i.dry_run, p.name as person, i.node, i.done, i.rows,
       i.refused, i.added, i.changed, i.unchanged, i.removed, i.problem_count, i.problems, i.ignored_columns, i.failure,
       i.started_at, i.ended_at,
       case when i.state = 'running' and i.seen_at < now() - interval '1 minute' then 'lost' else i.state end as state
from imports i left join people p on p.id = i.person_id
where i.id = $1 and i.kind = $2;

-- name: recent_runs
-- The newest imports of a kind.
select i.id, i.kind, i.source, i.file_name, i.replace_source, i.dry_run, p.name as person, i.node, i.done, i.rows,
       i.refused, i.added, i.changed, i.unchanged, i.removed, i.problem_count, '[]'::jsonb as problems,
       i.ignored_columns, i.failure, i.started_at, i.ended_at,
       case when i.state = 'running' and i.seen_at < now() - interval '1 minute' then 'lost' else i.state end as state
from imports i left join people p on p.id = i.person_id
where i.kind = $1
order by i.started_at desc
limit $2;

-- name: prune_runs
-- Forgets imports of more than so many days ago.
delete from imports where started_at < now() - make_interval(days => $1);
