-- name: widget_of
select queue_id as queue, agreed, active, line, days, opens, closes, terms from callback_widgets where site_id = $1;

-- name: widgets
-- Buttons that pages may show.
select w.site_id, w.queue_id as queue, w.agreed, w.active, w.line, w.days, w.opens, w.closes, w.terms
from callback_widgets w join tracking_sites s on s.id = w.site_id and s.active where w.active;

-- name: save_widget
insert into callback_widgets (site_id, queue_id, agreed, active, line, days, opens, closes, terms)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (site_id) do update
set queue_id = excluded.queue_id, agreed = excluded.agreed, active = excluded.active, line = excluded.line,
    days = excluded.days, opens = excluded.opens, closes = excluded.closes, terms = excluded.terms;

-- name: choices
select id, name from queues order by name, id;

-- name: has_queue
select exists (select from queues where id = $1);

-- name: line_in_use
select exists (select from lines where number = $1 and state = 'active');
