-- name: count_attempt
-- Counts an attempt before it begins, so that one that kills its worker counts too.
insert into job_attempts (job_id, name, attempts) values ($1, $2, 1)
on conflict (job_id) do update set attempts = job_attempts.attempts + 1, at = now()
returning attempts;

-- name: note_failure
-- Why the last attempt failed.
update job_attempts set last_error = $2, at = now() where job_id = $1;

-- name: forget_attempts
-- The job is done.
delete from job_attempts where job_id = $1;

-- name: job_counts
-- Jobs by name and state.
select entrypoint as name, status::text as state, count(*) as jobs from pgqueuer group by 1, 2 order by 1, 2;

-- name: prune_job_log
-- PgQueuer's log grows for ever otherwise.
delete from pgqueuer_log where created < now() - make_interval(days => $1);

-- name: prune_job_statistics
-- Its roll-ups too.
delete from pgqueuer_statistics where created < now() - make_interval(days => $1);

-- name: prune_attempts
-- Attempts of jobs that are gone.
delete from job_attempts a where a.at < now() - interval '1 day' and not exists (select from pgqueuer j where j.id = a.job_id);
