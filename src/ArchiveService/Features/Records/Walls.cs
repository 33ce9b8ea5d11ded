namespace ArchiveService.Features.Records;

/// <summary>
/// The rule that keeps a row from landing on the wrong side: a projection page takes this advisory lock shared before it reads where records stand
/// and what has been destroyed; whoever marks secrecy, lifts it or destroys takes it exclusively before it changes either, and moves or blanks
/// the rows in the same transaction (<c>views.move_behind_wall</c>, <c>views.forget_records</c>).
/// </summary>
public static class Walls
{
    public const long LockKey = 4711;
}
