-- name: push_key
-- The private key, sealed.
select sealed from push_key;

-- name: keep_key
-- The first of two who make one at once is kept.
insert into push_key (sealed) values ($1) on conflict do nothing;

-- name: subscribe
-- A browser of the person of a session; whose it was before no longer is told there.
insert into push_subscriptions (id, person_id, session_id, endpoint, p256dh, auth, language, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (endpoint) do update
set person_id = excluded.person_id, session_id = excluded.session_id, p256dh = excluded.p256dh, auth = excluded.auth,
    language = excluded.language, expires_at = excluded.expires_at, created_at = now();

-- name: keep_newest
-- Forgets a person's oldest browsers beyond $2.
delete from push_subscriptions where id in (
    select id from push_subscriptions where person_id = $1 order by created_at desc, id desc offset $2);

-- name: unsubscribe
-- A browser that wants no more of it: person $1's own.
delete from push_subscriptions where person_id = $1 and endpoint = $2;

-- name: forget
-- A subscription the push service knows no more.
delete from push_subscriptions where id = $1;

-- name: of_extension
-- Browsers of whoever has the extension now, of sessions that have not ended by their length, with his role and grants.
select b.id, b.endpoint, b.p256dh, b.auth, b.language, i.person_id, i.role, i.grants
from people p
join push_subscriptions b on b.person_id = p.id
join sessions s on s.id = b.session_id
join person_identities i on i.person_id = p.id
where p.extension = $1 and i.active and s.expires_at > $2 and (b.expires_at is null or b.expires_at > $2);
