using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Access;

/// <summary>How passwords are stored: PBKDF2 with HMAC-SHA-512, a salt each, written with its parameters so that they can grow.</summary>
public static class Password
{
    public const int Iterations = 310_000;
    public const int Shortest = 12;
    public const int Longest = 200;

    private const int SaltSize = 16;
    private const int HashSize = 64;

    // A username nobody has costs as much time as one that somebody has.
    private static readonly Lazy<string> NobodysHash = new(() => Hash(Convert.ToHexString(RandomNumberGenerator.GetBytes(16))));

    /// <summary><c>$pbkdf2-sha512$i=…$salt$hash</c>, both base64.</summary>
    public static string Hash(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        return string.Create(CultureInfo.InvariantCulture, $"$pbkdf2-sha512$i={Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(password, salt, Iterations))}");
    }

    /// <param name="stored">Null when nobody has that username: it then takes as long and answers no.</param>
    /// <param name="password">As typed.</param>
    public static bool Verify(string? stored, string password)
    {
        var parts = (stored ?? NobodysHash.Value).Split('$');
        if (parts is not ["", "pbkdf2-sha512", ['i', '=', .. var iterations], var salt, var hash])
            throw new FormatException("A stored password hash has a form this build does not know.");

        var expected = Convert.FromBase64String(hash);
        var given = Derive(password, Convert.FromBase64String(salt), int.Parse(iterations, NumberStyles.None, CultureInfo.InvariantCulture));
        return CryptographicOperations.FixedTimeEquals(expected, given) && stored is not null;
    }

    /// <summary>Length counts, not which kinds of characters there are.</summary>
    public static string? Objection(string password, string username) => password switch
    {
        { Length: < Shortest } => $"Lösenordet måste vara minst {Shortest} tecken långt.",
        { Length: > Longest } => $"Lösenordet får vara högst {Longest} tecken långt.",
        _ when password.Contains(username, StringComparison.OrdinalIgnoreCase) => "Lösenordet får inte innehålla användarnamnet.",
        _ when password.Distinct().Count() < 5 => "Lösenordet är för enkelt. Välj flera olika tecken.",
        _ => null,
    };

    /// <summary>120 random bits in letters that are not mistaken for each other.</summary>
    public static string Random() => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 24);

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC)), salt, iterations, HashAlgorithmName.SHA512, HashSize);
}
