-- name: record_deed
-- One row of the audit log.
insert into audit (at, person_id, person, via, action, object_kind, object_id, before, after, address)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: list_deeds
-- The log downwards from a row, of one person where $2 is given.
select id, at, person, via, action, object_kind, object_id, before, after, address
from audit
where ($1::bigint is null or id < $1) and ($2::uuid is null or person_id = $2)
order by id desc
limit $3;

-- name: open_session
-- A session that has just been earned.
insert into sessions (id, secret_hash, person_id, stage, address, agent, created_at, seen_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $7, $8);

-- name: find_session
-- The live session of a secret in a stage, with who it is: not expired, not idle since $4, the person active.
select s.id, s.secret_hash, s.seen_at, s.expires_at, i.*
from sessions s
join person_identities i on i.person_id = s.person_id
where s.secret_hash = $1 and s.stage = $2 and s.expires_at > $3 and s.seen_at > $4 and i.active;

-- name: live_sessions
-- Which of some sessions are live, with who each is.
select s.id, s.secret_hash, s.seen_at, s.expires_at, i.*
from sessions s
join person_identities i on i.person_id = s.person_id
where s.id = any($1::uuid[]) and s.stage = 'full' and s.expires_at > $2 and s.seen_at > $3 and i.active;

-- name: see_sessions
-- Note that some sessions are in use, those that were not noted of late.
update sessions set seen_at = $2 where id = any($1::uuid[]) and seen_at < $3;

-- name: see_session
-- Note that a session was used.
update sessions set seen_at = $2 where id = $1;

-- name: rotate_session
-- Give a session a new secret; the old one is dead at once.
update sessions set secret_hash = $2, seen_at = $3 where secret_hash = $1 returning id;

-- name: list_sessions
-- Where a person is signed in, the last used first.
select id, address, agent, created_at, seen_at, expires_at
from sessions
where person_id = $1 and stage = 'full' and expires_at > $2 and seen_at > $3
order by seen_at desc;

-- name: end_session
-- End one session of a person.
delete from sessions where id = $1 and person_id = $2 returning id;

-- name: end_secret
-- End the session of a secret, whoever's.
delete from sessions where secret_hash = $1;

-- name: end_sessions
-- End a person's sessions but $2.
delete from sessions where person_id = $1 and id is distinct from $2;

-- name: end_computers
-- The tokens of a person's desktop helpers stop working: those that hold nothing but $2.
update api_tokens set revoked_at = now() where person_id = $1 and revoked_at is null and rights <@ $2::text[];

-- name: sweep_sessions
-- Forget what can never be used again; an idle one whose browser is told of rings stays until it ends by its length.
delete from sessions s where s.expires_at <= $1
   or (s.seen_at <= $2 and not exists (select from push_subscriptions b where b.session_id = s.id));

-- name: make_token
-- A new API token; its secret is shown once and never kept.
insert into api_tokens (id, secret_hash, person_id, name, rights, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: find_token
-- A live token with its owner.
select t.secret_hash, t.rights, t.last_used_at, i.*
from api_tokens t
join person_identities i on i.person_id = t.person_id
where t.id = $1 and t.revoked_at is null and t.expires_at > $2 and i.active;

-- name: live_tokens
-- Which of some tokens are live, with their owners.
select t.id, t.rights, i.*
from api_tokens t
join person_identities i on i.person_id = t.person_id
where t.id = any($1::text[]) and t.revoked_at is null and t.expires_at > $2 and i.active;

-- name: use_token
-- Note that a token was used, unless another process has just done so.
update api_tokens set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at <= $3);

-- name: list_tokens
-- All tokens, or one person's; live ones first.
select t.id, t.person_id, p.name as owner, t.name, t.rights, t.created_at, t.expires_at, t.last_used_at, t.revoked_at
from api_tokens t
join people p on p.id = t.person_id
where $1::uuid is null or t.person_id = $1
order by t.revoked_at is not null, t.created_at desc, t.id;

-- name: revoke_token
-- A token stops working now; where a person is named, one of his.
update api_tokens set revoked_at = $2
where id = $1 and revoked_at is null and ($3::uuid is null or person_id = $3)
returning name, person_id;

-- name: find_account
-- What signing in needs to know of a login.
select p.id, p.name, p.login, a.password_hash, a.totp_secret is not null as totp
from people p
join accounts a on a.person_id = p.id
where p.login = $1 and p.active;

-- name: password_of
-- A person's own login and password hash.
select p.login, p.name, a.password_hash
from people p
join accounts a on a.person_id = p.id
where p.id = $1;

-- name: set_password
-- A new password.
update accounts set password_hash = $2, password_changed_at = $3 where person_id = $1;

-- name: renew_hash
-- The same password under today's parameters, unless it was changed meanwhile.
update accounts set password_hash = $3 where person_id = $1 and password_hash = $2;

-- name: totp_of
-- A person's second factor, sealed.
select totp_secret, totp_pending, totp_step from accounts where person_id = $1;

-- name: propose_totp
-- A second factor that waits for its first right code.
update accounts set totp_pending = $2 where person_id = $1 and totp_secret is null;

-- name: confirm_totp
-- The waiting second factor is the person's from now on; the code of its step is used up.
update accounts
set totp_secret = totp_pending, totp_pending = null, totp_step = $2
where person_id = $1 and totp_pending = $3 and totp_secret is null
returning person_id;

-- name: drop_totp
-- No second factor any more.
update accounts set totp_secret = null, totp_pending = null where person_id = $1;

-- name: spend_step
-- A step's code is good once, and none before it is good again.
update accounts set totp_step = $2 where person_id = $1 and totp_step < $2 returning person_id;

-- name: add_recovery_code
-- A code that replaces the second factor once.
insert into recovery_codes (person_id, code_hash) values ($1, $2);

-- name: drop_recovery_codes
-- All of a person's codes.
delete from recovery_codes where person_id = $1;

-- name: spend_recovery_code
-- A recovery code is good once.
delete from recovery_codes where person_id = $1 and code_hash = $2 returning person_id;

-- name: count_recovery_codes
-- How many are left.
select count(*) from recovery_codes where person_id = $1;

-- name: make_link
-- A one-time link.
insert into one_time_links (secret_hash, purpose, person_id, made_at, expires_at) values ($1, $2, $3, $4, $5);

-- name: drop_links
-- A new link of a purpose for a person replaces the unused ones.
delete from one_time_links where purpose = $1 and person_id is not distinct from $2 and used_at is null;

-- name: find_link
-- A link that can still be used, and whose it is.
select l.purpose, l.person_id, p.name, p.login
from one_time_links l
left join people p on p.id = l.person_id
where l.secret_hash = $1 and l.purpose = $2 and l.used_at is null and l.expires_at > $3
  and (l.person_id is null or p.active);

-- name: spend_link
-- A link is good once: the second to come gets no row.
update one_time_links set used_at = $2
where secret_hash = $1 and used_at is null and expires_at > $2
returning person_id;

-- name: count_administrators
-- Administrators who can sign in, one person left out.
select count(*)
from accounts a
join people p on p.id = a.person_id
where a.role = 'administrator' and p.active and p.login is not null and a.password_hash is not null and p.id is distinct from $1::uuid;

-- name: lock_administrators
-- Two changes that could leave no administrator wait for one another.
select pg_advisory_xact_lock(hashtext('trunkline administrators'));

-- name: list_people
-- Everybody, the active first, with role and scope.
select p.id, p.name, p.login, p.extension, p.mobile, p.email, p.department_id, d.name as department, p.active,
    a.role::text as role, a.password_hash is not null as has_password, a.totp_secret is not null as has_totp
from people p
left join departments d on d.id = p.department_id
left join accounts a on a.person_id = p.id
where ($1::text = '' or p.name ilike '%' || $1 || '%' or p.login ilike '%' || $1 || '%' or p.extension = $1)
  and (not p.active, p.name, p.id) > ($2::boolean, $3::text, $4::uuid)
order by not p.active, p.name, p.id
limit $5;

-- name: find_person
-- One person as the form edits him.
select p.id, p.name, p.login, p.extension, p.mobile, p.email, p.department_id, p.active, p.mobile_when_away,
    p.works_on, p.caller_names,
    a.role::text as role,
    coalesce(a.grants, '{}') as grants, coalesce(a.every_department, false) as every_department,
    coalesce(a.every_line, true) as every_line, coalesce(a.departments_below, false) as departments_below,
    array(select department_id from account_departments where person_id = p.id order by 1) as departments,
    array(select line_id from account_lines where person_id = p.id order by 1) as lines
from people p
left join accounts a on a.person_id = p.id
where p.id = $1
for update of p;

-- name: insert_person
-- Somebody new.
insert into people (id, name, login, extension, mobile, email, department_id, active)
values ($1, $2, $3, $4, $5, $6, $7, true);

-- name: update_person
-- The person's own fields; on what he works is said by `set_telephones` right after.
update people set name = $2, login = $3, extension = $4, mobile = $5, email = $6, department_id = $7, works_on = 'desk'
where id = $1;

-- name: set_telephones
-- On what he works, whether the mobile rings when the extension cannot, how his telephone takes names.
update people set mobile_when_away = $2, works_on = $3, caller_names = $4
where id = $1 and (mobile_when_away, works_on, caller_names) <> ($2, $3, $4);

-- name: set_active
-- Leave or come back.
update people set active = $2 where id = $1;

-- name: save_account
-- Role and scope.
insert into accounts (person_id, role, grants, every_department, every_line)
values ($1, $2::text::person_role, $3, $4, $5)
on conflict (person_id) do update set
    role = excluded.role, grants = excluded.grants,
    every_department = excluded.every_department, every_line = excluded.every_line;

-- name: set_departments_below
-- Whether the departments below those of the scope are in it.
update accounts set departments_below = $2 where person_id = $1 and departments_below <> $2;

-- name: clear_departments
-- Before the new scope is written.
delete from account_departments where person_id = $1;

-- name: add_departments
-- The departments of a scope that exist.
insert into account_departments (person_id, department_id)
select $1, id from departments where id = any ($2::uuid[]);

-- name: clear_lines
-- Before the new scope is written.
delete from account_lines where person_id = $1;

-- name: add_lines
-- The lines of a scope that exist.
insert into account_lines (person_id, line_id)
select $1, id from lines where id = any ($2::uuid[]);

-- name: list_departments
-- For the form.
select id, name from departments order by name;

-- name: list_lines
-- For the form.
select id, number, name from lines where active order by number;

-- name: has_login
-- Whether somebody has this login.
select exists (select from people where login = $1);

-- name: lend_login
-- The first of a department without a login, by extension, gets one.
update people set login = $1
where id = (
    select p.id from people p
    join departments d on d.id = p.department_id
    where d.slug = $2 and p.login is null and p.active
    order by p.extension
    limit 1
)
returning id, name, department_id;

-- name: find_by_login
-- Who has this login, left or not.
select id, name from people where login = $1;

-- name: hold_departments
-- Two changes of the tree wait for one another: each alone may be right, and both together a loop.
lock table departments in share row exclusive mode;

-- name: tree_of_departments
-- Every department with what stands above it, its head and how many work there.
select d.id, d.slug, d.name, d.parent_id, d.head_id, h.name as head, h.active as head_works,
    (select count(*) from people where department_id = d.id and active)::integer as people
from departments d left join people h on h.id = d.head_id order by d.name, d.id;

-- name: add_department
insert into departments (id, slug, name, parent_id, head_id) values ($1, $2, $3, $4, $5);

-- name: change_department
update departments set slug = $2, name = $3, parent_id = $4, head_id = $5 where id = $1;

-- name: heads_to_choose
-- Who may head a department: whoever works here.
select id, name from people where active order by name, id;
