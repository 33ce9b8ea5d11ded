using ArchiveService.Access;
using ArchiveService.Features.Bulk;

namespace ArchiveService.Features.PageParts;

/// <summary>Below a list: one act on the records that were ticked in it. The tick boxes stand in the rows: <c>form="flera" name="record"</c>.</summary>
/// <param name="Back">The list as it stands, with its filters and its place.</param>
public sealed record BulkBar(IReadOnlyList<BulkKind> Kinds, IReadOnlyList<Guid> Listed, string Back) : Part
{
    /// <summary>Null when there is nothing to choose, or nothing the reader may do with it.</summary>
    public static BulkBar? Of(HttpContext http, IEnumerable<Guid> listed) =>
        BulkAct.For(http.Caller()) is { Count: > 0 } kinds && listed.Distinct().Take(BulkAct.Most).ToList() is { Count: > 0 } ids
            ? new(kinds, ids, http.Request.Path + http.Request.QueryString.Value)
            : null;
}
