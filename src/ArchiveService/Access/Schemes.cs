namespace ArchiveService.Access;

public static class Schemes
{
    /// <summary>Picks: a request with an Authorization header is a program's, any other a browser's.</summary>
    public const string Either = "archive";
    public const string Cookie = "archive-cookie";
    public const string Token = "archive-token";
}
