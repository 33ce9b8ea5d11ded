using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Replay;

/// <summary>
/// A reviewer read who had read what: reading the read log is itself read (domain-amendments b 17). <paramref name="By"/> is record, case, account, person or all.
/// </summary>
[EventName("read_log_opened")]
public sealed record ReadLogOpened(string By, Guid? Subject) : PersonEvent;

public abstract record ReadReviewEvent : SealableEvent;

/// <summary>
/// A rule found readings that are not as most are. Says nothing of whether they were right: that is for whoever examines them. <paramref name="Rule"/> is
/// the policy's key, <paramref name="Threshold"/> its value then.
/// </summary>
[EventName("unusual_reads_found")]
public sealed record UnusualReadsFound(
    Guid Authority, Guid Person, string Rule, Guid? Record, DateTimeOffset Since, DateTimeOffset Until, int Count, int Threshold, bool Secret, int PolicyVersion) : ReadReviewEvent;

/// <summary>Somebody examined them; what was found stands sealed under the office key.</summary>
[EventName("unusual_reads_examined")]
public sealed record UnusualReadsExamined(Guid Authority, int PolicyVersion) : ReadReviewEvent;
