-- Quality of calls: a checklist, reviews by it, and comments on a moment of a recording with their answers.

create table quality_criteria (
    id     uuid primary key,
    text   text not null check (length(text) between 1 and 200),
    points integer not null check (points between 1 and 100),
    place  integer not null check (place between 1 and 1000),
    active boolean not null default true
);
comment on table quality_criteria is 'The checklist; one that is no more asked stays for the reviews that answered it.';

create table quality_reviews (
    id           uuid primary key,
    recording_id uuid not null unique references recordings (id) on delete cascade,
    agent_id     uuid not null references people (id) on delete cascade,
    reviewer_id  uuid references people (id) on delete set null,
    score        integer not null check (score between 0 and 100),
    remark       text not null check (length(remark) <= 2000),
    at           timestamptz not null
);
create index quality_reviews_agent on quality_reviews (agent_id, at);
create index quality_reviews_at on quality_reviews (at);
create index quality_reviews_reviewer on quality_reviews (reviewer_id);
comment on table quality_reviews is 'One a recording; who reviews it again replaces it.';
comment on column quality_reviews.score is 'Per cent of the points of what was answered with yes or no.';

create table quality_answers (
    review_id    uuid not null references quality_reviews (id) on delete cascade,
    criterion_id uuid not null references quality_criteria (id),
    answer       text not null check (answer in ('yes', 'no', 'na')),
    points       integer not null,
    primary key (review_id, criterion_id)
);
create index quality_answers_criterion on quality_answers (criterion_id);
comment on column quality_answers.points is 'As they were when it was answered.';

create table quality_moments (
    id           uuid primary key,
    recording_id uuid not null references recordings (id) on delete cascade,
    parent_id    uuid references quality_moments (id) on delete cascade,
    agent_id     uuid not null references people (id) on delete cascade,
    author_id    uuid references people (id) on delete set null,
    seconds      double precision not null check (seconds >= 0),
    text         text not null check (length(text) between 1 and 2000),
    at           timestamptz not null
);
create index quality_moments_recording on quality_moments (recording_id);
create index quality_moments_parent on quality_moments (parent_id);
create index quality_moments_agent on quality_moments (agent_id);
create index quality_moments_author on quality_moments (author_id);
comment on table quality_moments is 'Comments on a moment of a recording; one with a parent answers it.';
comment on column quality_moments.agent_id is 'Whose call it was.';
