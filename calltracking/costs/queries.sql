-- name: add_file
insert into tracking_cost_files (id, file_name, person_id, content, head, fields, source, channel, city, vat)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: find_file
select f.id, f.file_name, coalesce(p.name, '') as person, f.state, f.head, f.fields, f.source, f.channel, f.city, f.vat,
       f.failure, f.rows, f.refused, f.problems, f.gross, f.net, f.added, f.changed, f.unchanged, f.kept, f.sent_at,
       f.ended_at, f.content is not null as here
from tracking_cost_files f left join people p on p.id = f.person_id
where f.id = $1;

-- name: recent_files
select f.id, f.file_name, coalesce(p.name, '') as person, f.state, f.head, f.fields, f.source, f.channel, f.city, f.vat,
       f.failure, f.rows, f.refused, f.problems, f.gross, f.net, f.added, f.changed, f.unchanged, f.kept, f.sent_at,
       f.ended_at, f.content is not null as here
from tracking_cost_files f left join people p on p.id = f.person_id
order by f.sent_at desc limit 10;

-- name: hold_file
-- The file's own content, held until the transaction is over; null where it is gone.
select content from tracking_cost_files where id = $1 and state = 'shown' for update;

-- name: clear_staged
delete from tracking_costs_staged where file_id = $1;

-- name: stage
-- Rows of the same day and place in one file are one cost.
insert into tracking_costs_staged (file_id, day, channel, source, campaign, keyword, city, gross, net)
select $1, day, channel, source, campaign, keyword, city, sum(gross)::bigint, sum(net)::bigint
from unnest($2::date[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[])
    as told (day, channel, source, campaign, keyword, city, gross, net)
group by day, channel, source, campaign, keyword, city;

-- name: compare
-- What the staged rows would do.
select count(*) filter (where known.day is null) as added,
       count(*) filter (where (known.gross, known.net) is distinct from (told.gross, told.net) and known.day is not null)
           as changed,
       count(*) filter (where (known.gross, known.net) = (told.gross, told.net)) as unchanged
from tracking_costs_staged told left join tracking_costs known using (day, mark)
where told.file_id = $1;

-- name: show_file
update tracking_cost_files
set fields = $2, vat = $3, failure = $4, rows = $5, refused = $6, problems = $7, gross = $8, net = $9, added = $10,
    changed = $11, unchanged = $12
where id = $1;

-- name: some_staged
select day, channel, source, campaign, keyword, city, gross, net from tracking_costs_staged
where file_id = $1 order by day, mark limit 20;

-- name: hold_costs
-- One writer of costs at a time, so that what was before is what an undo brings back.
select pg_advisory_xact_lock(7245025);

-- name: keep_undo
insert into tracking_costs_undo (file_id, day, mark, gross_before, net_before, file_before, feed_before)
select told.file_id, told.day, told.mark, known.gross, known.net, known.file_id, known.feed_id
from tracking_costs_staged told left join tracking_costs known using (day, mark)
where told.file_id = $1 and (known.day is null or (known.gross, known.net) is distinct from (told.gross, told.net));

-- name: let_in
insert into tracking_costs as known (day, channel, source, campaign, keyword, city, gross, net, file_id)
select day, channel, source, campaign, keyword, city, gross, net, file_id from tracking_costs_staged where file_id = $1
on conflict (day, mark) do update
set gross = excluded.gross, net = excluded.net, file_id = excluded.file_id, feed_id = null, at = now()
where (known.gross, known.net) is distinct from (excluded.gross, excluded.net);

-- name: end_file
update tracking_cost_files
set state = 'in', content = null, ended_at = now(), added = $2, changed = $3, unchanged = $4
where id = $1;

-- name: drop_file
delete from tracking_cost_files where id = $1 and state = 'shown' returning id;

-- name: begin_undo
select id from tracking_cost_files where id = $1 and state = 'in' for update;

-- name: take_back_added
delete from tracking_costs known using tracking_costs_undo before
where before.file_id = $1 and known.day = before.day and known.mark = before.mark and known.file_id = $1
  and before.gross_before is null;

-- name: take_back_changed
update tracking_costs known
set gross = before.gross_before, net = before.net_before, file_id = before.file_before, at = now(),
    feed_id = (select f.id from cost_feeds f where f.id = before.feed_before)
from tracking_costs_undo before
where before.file_id = $1 and known.day = before.day and known.mark = before.mark and known.file_id = $1
  and before.gross_before is not null;

-- name: end_undo
-- Rows told by something else since then stay as they are.
update tracking_cost_files
set state = 'undone', ended_at = now(), kept = (select count(*) from tracking_costs_undo where file_id = $1) - $2
where id = $1 returning kept;

-- name: clear_undo
delete from tracking_costs_undo where file_id = $1;

-- name: prune
-- Files nobody let in after two days, undoing after ninety, answers after a week.
with old as (delete from tracking_cost_files where state = 'shown' and sent_at < now() - interval '2 days'),
     gone as (delete from tracking_costs_undo using tracking_cost_files f
              where f.id = file_id and f.ended_at < now() - interval '90 days')
delete from tracking_cost_batches where at < now() - interval '7 days';

-- name: tell_costs
-- Costs $1… as programs tell them; each replaces what its day and place had. Whether each was new, or changed anything.
with told as (
    select day, channel, source, campaign, keyword, city, gross, net,
           tracking_cost_mark(channel, source, campaign, keyword, city) as mark
    from unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
        as t (day, channel, source, campaign, keyword, city, gross, net)
), compared as (
    select told.*, known.day is null as is_new, (known.gross, known.net) = (told.gross, told.net) as is_same
    from told left join tracking_costs known using (day, mark)
), written as (
    insert into tracking_costs (day, channel, source, campaign, keyword, city, gross, net)
    select day, channel, source, campaign, keyword, city, gross, net from compared where is_same is not true
    on conflict (day, mark) do update
    set gross = excluded.gross, net = excluded.net, file_id = null, feed_id = null, at = now()
)
select count(*) filter (where is_new) as added,
       count(*) filter (where not is_new and not is_same) as changed,
       count(*) filter (where is_same) as unchanged
from compared;

-- name: list_costs
-- Costs of the days $1 up to $2, the latest first, behind the day $3 and mark $4, at most $5.
select day, mark, channel, source, campaign, keyword, city, gross, net, file_id from tracking_costs
where day >= $1 and day < $2 and ($3::date is null or (day, mark) < ($3, $4))
order by day desc, mark desc limit $5;

-- name: sum_costs
select coalesce(sum(gross), 0)::bigint as gross, coalesce(sum(net), 0)::bigint as net, count(*) as rows
from tracking_costs where day >= $1 and day < $2;

-- name: find_batch
select body, answer from tracking_cost_batches where key = $1;

-- name: keep_batch
insert into tracking_cost_batches (key, body, answer) values ($1, $2, $3);
