-- Works that came to a foreman all at once are one message; each is told by itself when it changes.

create function work_stands(one works) returns text language sql immutable as $$
    select (one.status || ' ' || coalesce(one.responsible_id::text, '') || ' ' || coalesce((one.due_on - date '2000-01-01')::text, '')
            || ' ' || md5(coalesce(one.title, '') || '/' || coalesce(one.address, '') || '/' || coalesce(one.order_id::text, '')))
$$;
comment on function work_stands is 'What a message of a work tells: it is told again as this changes.';

alter table bot_posts
    add column folded boolean not null default false,
    drop constraint bot_posts_kind_check,
    add constraint bot_posts_kind_check check (kind in ('lead', 'work', 'works'));
comment on column bot_posts.folded is 'It is told of by the message of all works (kind works, about the person) alone, as long as it stands so.';

update bot_posts as post set stands = work_stands(works)
from works where post.kind = 'work' and post.over_at is null and works.id = post.about and post.stands <> '';
