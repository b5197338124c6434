-- name: tracker
select id, api_url, token, org_header, org_id, queue, login, connected_at, trouble from trackers;

-- name: is_connected
select exists (select from trackers);

-- name: put_tracker
insert into trackers (id, api_url, token, org_header, org_id, queue, login, connected_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (is_only) do update set api_url = excluded.api_url, token = excluded.token, queue = excluded.queue,
    login = excluded.login, connected_at = excluded.connected_at, trouble = ''
where trackers.org_id = excluded.org_id and trackers.org_header = excluded.org_header
returning id;

-- name: drop_tracker
delete from trackers where id = $1;

-- name: drop_other
-- Another organisation's: nothing of it is kept.
delete from trackers where org_id <> $1 or org_header <> $2;

-- name: claim_asking
-- One node asks at a time: the next not before $1 has gone by.
update trackers set asked_at = now() where asked_at < now() - $1::interval
returning id, api_url, token, org_header, org_id, queue, login, connected_at, trouble;

-- name: trouble
update trackers set trouble = $2 where id = $1 and trouble <> $2;

-- name: add_issue
insert into tracker_issues (id, tracker_id, kind, about, summary, description, person_id, asked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tracker_id, kind, about) do nothing returning true;

-- name: issue
select i.id, i.tracker_id, i.kind, i.about, i.summary, i.description, i.asked_at, i.key,
    coalesce(p.name, '') as person
from tracker_issues i left join people p on p.id = i.person_id where i.id = $1;

-- name: issue_about
select id, summary, key, asked_at from tracker_issues where kind = $1 and about = $2;

-- name: issue_made
update tracker_issues set key = $2 where id = $1;

-- name: add_comment
insert into tracker_comments (id, issue_id, remote_id, is_ours, author, text, at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (issue_id, remote_id) do update set text = excluded.text, author = excluded.author
where not tracker_comments.is_ours and tracker_comments.text <> excluded.text;

-- name: comment
select id, issue_id, remote_id, author, text from tracker_comments where id = $1;

-- name: comment_is_there
update tracker_comments set remote_id = $2 where id = $1 and remote_id is null;

-- name: comments
select is_ours, author, text, at, remote_id is not null as is_there from tracker_comments where issue_id = $1 order by at, id
limit 500;

-- name: issues_to_look_at
-- Those asked for since $2, the newest first.
select id, key, updated from tracker_issues where tracker_id = $1 and key is not null and asked_at > $2
order by asked_at desc limit 1000;

-- name: looked_at
update tracker_issues set updated = $2 where id = $1;
