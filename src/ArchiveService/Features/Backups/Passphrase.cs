using System.Text;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Backups;

/// <summary>Never on the command line, where other users of the machine and the shell's history see it: a file, the environment, or the terminal.</summary>
internal static class Passphrase
{
    public const string Variable = "Keys__ExportPassphrase";

    public static string Ask(FileInfo? file, bool twice)
    {
        if (file is not null)
            return file.Exists ? File.ReadAllText(file.FullName).TrimEnd('\r', '\n') : throw new CannotStart($"{file.FullName} does not exist.");
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given) return given;
        if (Console.IsInputRedirected) throw new CannotStart($"There is no terminal to ask for the passphrase. Give --passphrase-file FILE, or set {Variable}.");
        var first = Typed("Passphrase: ");
        return !twice || Typed("The same again: ") == first ? first : throw new CannotStart("The two are not the same.");
    }

    private static string Typed(string prompt)
    {
        Console.Error.Write(prompt);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
