"""File trees and file contents."""
