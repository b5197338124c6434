-- name: start_run
-- An import begins.
insert into imports (id, kind, source, file_name, replace_source, dry_run, person_id, node)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: note_run
-- How far an import is, and that it lives; one that is being undone keeps its figures.
update imports
set done = case state when 'running' then $2 else done end, rows = case state when 'running' then $3 else rows end,
    refused = case state when 'running' then $4 else refused end, seen_at = now()
where id = $1 and state in ('running', 'undoing');

-- name: finish_run
-- What an import did.
update imports
set state = 'done', done = 1, rows = $2, refused = $3, added = $4, changed = $5, unchanged = $6, removed = $7,
    problem_count = $8, problems = $9, ignored_columns = $10, look = null, preview = null,
    seen_at = now(), ended_at = now()
where id = $1;

-- name: fail_run
-- An import changed nothing, and why.
update imports set state = 'failed', failure = $2, look = null, preview = null, seen_at = now(), ended_at = now() where id = $1;

-- name: find_run
-- One import; a running one that has not been seen for a minute was interrupted, and so was an undoing.
select i.id, i.kind, i.source, i.file_name, i.replace_source, i.dry_run, p.name as person, i.node, i.done, i.rows,
       i.refused, i.added, i.changed, i.unchanged, i.removed, i.problem_count, i.problems, i.ignored_columns,
       i.failure, i.started_at, i.ended_at, i.undo, i.undone_at, i.undone, i.look, i.preview, i.fingerprint, i.moved, i.file_hash,
       case when i.seen_at >= now() - interval '1 minute' then i.state
            when i.state = 'running' and i.undo = '' then 'lost' when i.state = 'running' then 'done'
            when i.state = 'undoing' then 'done' else i.state end as state
from imports i left join people p on p.id = i.person_id
where i.id = $1 and i.kind = $2;

-- name: recent_runs
-- The newest imports of a kind, without what only their own pages show.
select i.id, i.kind, i.source, i.file_name, i.replace_source, i.dry_run, p.name as person, i.node, i.done, i.rows,
       i.refused, i.added, i.changed, i.unchanged, i.removed, i.problem_count, '[]'::jsonb as problems, '{}'::text[] as ignored_columns,
       i.failure, i.started_at, i.ended_at, i.undo, i.undone_at, 
       case when i.seen_at >= now() - interval '1 minute' then i.state
            when i.state = 'running' and i.undo = '' then 'lost' when i.state = 'running' then 'done'
            when i.state = 'undoing' then 'done' else i.state end as state
from imports i left join people p on p.id = i.person_id
where i.kind = $1
order by i.started_at desc
limit $2;

-- name: await_columns
-- Somebody must say what the columns are.
update imports set state = 'mapping', look = $2, file_hash = $3, seen_at = now() where id = $1 and state = 'running';

-- name: show_run
-- What an import would do.
update imports
set state = 'previewed', done = 1, rows = $2, refused = $3, added = $4, changed = $5, unchanged = $6, removed = $7,
    problem_count = $8, problems = $9, ignored_columns = $10, look = $11, file_hash = $12, preview = $13,
    fingerprint = $14, moved = $15, dry_run = true, seen_at = now()
where id = $1 and state = 'running';

-- name: look_again
-- The columns are said anew: another preview begins.
update imports set state = 'running', look = $2, dry_run = true, moved = false, done = 0, rows = 0, refused = 0,
    seen_at = now()
where id = $1 and state in ('mapping', 'previewed')
returning id;

-- name: commit_run
-- What was shown is to go in, once.
update imports set state = 'running', dry_run = false, moved = false, done = 0, rows = 0, refused = 0, seen_at = now()
where id = $1 and state = 'previewed' and fingerprint = $2
returning id;

-- name: cancel_run
-- It does not go in.
update imports set state = 'cancelled', look = null, preview = null, seen_at = now(), ended_at = now()
where id = $1 and state in ('mapping', 'previewed')
returning id;

-- name: begin_undo
-- It is to be taken back, once.
update imports set state = 'undoing', failure = '', seen_at = now()
where id = $1 and undo = 'kept'
  and (state = 'done' or (state in ('undoing', 'running') and seen_at < now() - interval '1 minute'))
returning id;

-- name: fail_undo
-- It could not be taken back: it is as it was.
update imports set state = 'done', failure = $2, seen_at = now() where id = $1 and state = 'undoing';

-- name: expire_runs
-- What was shown and left alone for a day is over.
update imports set state = 'cancelled', look = null, preview = null, ended_at = now()
where state in ('mapping', 'previewed') and seen_at < now() - interval '1 day';

-- name: prune_runs
-- Forgets imports of more than so many days ago.
delete from imports where started_at < now() - make_interval(days => $1);
