-- name: notices_of
-- What a line plays now, each way: the newest versions.
select distinct on (way) way, version, "when", sound, seconds, digit
from line_notices where line_id = $1 order by way, version desc;

-- name: version_in_force
-- What a line (E.164) plays one way, which nobody changes until the transaction ends.
select (select max(version) from line_notices where line_id = l.id and way = $2) from lines l where number = $1 for key share of l;

-- name: hold_line
-- Versions of one line follow each other.
select number from lines where id = $1 for update;

-- name: add_notice
insert into line_notices (line_id, way, version, "when", sound, seconds, digit, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8);
