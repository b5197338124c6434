-- name: notices_of
-- What a line plays now, each way: the newest versions.
select distinct on (way) way, version, "when", sound, seconds, digit
from line_notices where line_id = $1 order by way, version desc;

-- name: hold_line
-- Versions of one line follow each other.
select number from lines where id = $1 for update;

-- name: add_notice
insert into line_notices (line_id, way, version, "when", sound, seconds, digit, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8);
