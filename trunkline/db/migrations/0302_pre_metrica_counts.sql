-- What Yandex Metrica itself counts by line, asked for a few times a day.

alter table export_destinations add column counted_at timestamptz;
comment on column export_destinations.counted_at is 'When its system was last asked how many calls it counts by line.';

create table export_counts (
    destination_id uuid not null references export_destinations (id) on delete cascade,
    day            date not null,
    number         text not null,
    calls          integer not null,
    primary key (destination_id, day, number)
);
comment on table export_counts is 'Calls of a line that Metrica joined to visits of a day, as its Reporting API says.';
